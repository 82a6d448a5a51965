"""Whether a day brought as many rows as such a day does. Pure rule over counts, and the query for them.

The judged day is never part of its own expectation: a monitor that learns from the day it judges lets a fault hide
itself. The expectation is the median of the same weekday over the weeks before, so a weekend is not an outage and an
outage of last week is not the new normal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from config.gates import Volume
from config.run import Run
from expectations.finding import Finding
from expectations.session import Connection

# Makes the median absolute deviation of normal data its standard deviation.
MAD_TO_DEVIATION = 1.4826
# Not strftime: a verdict must not depend on the machine's language.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Expected:
    """Rows a day of this weekday usually brings, and the band outside which a count is not plausible."""

    usual: float
    low: float
    high: float


def expected_rows(counts: Mapping[date, int], day: date, rule: Volume) -> Expected | None:
    """What `day` should bring, from the days before it only. None when there is too little to know.

    counts: rows recorded by day; a day between the first and `day` that is absent counts as 0.
    """
    earlier = [known for known in counts if known < day]
    if not earlier:
        return None
    first = max(min(earlier), day - timedelta(weeks=rule.weeks))
    window = [counts.get(first + timedelta(days=n), 0) for n in range((day - first).days)]
    same_weekday = window[::-1][6::7]
    if len(same_weekday) < rule.least_days:
        return None
    usual = median(same_weekday)
    if usual < rule.least_rows:
        return None
    spread = rule.deviations * MAD_TO_DEVIATION * median(abs(n - usual) for n in same_weekday)
    chance = rule.deviations * usual**0.5
    low = usual - max(rule.drop_ratio * usual, min(spread, rule.certain_drop_ratio * usual), chance)
    return Expected(usual, max(low, 1.0), rule.rise_factor * max(window))


def judge_volume(table: str, counts: Mapping[date, int], day: date, rule: Volume) -> Finding:
    """Warn when the day's rows are fewer or many more than such a day brings."""
    got = counts.get(day, 0)
    expected = expected_rows(counts, day, rule)
    check_id = f"{table}.volume"
    if expected is None:
        message = f"{table}: {got:,} rows recorded on {day}; too little history to say whether that is usual"
        return Finding(check_id, table, "warn", True, got, 0, message)
    passed = expected.low <= got <= expected.high
    message = (
        f"{table}: {got:,} rows recorded on {day}; about {expected.usual:,.0f} are usual on a {WEEKDAYS[day.weekday()]}"
    )
    return Finding(
        check_id, table, "warn", passed, got, 0 if passed else max(1, abs(round(expected.usual) - got)), message
    )


def recorded_by_day(connection: Connection, run: Run, rule: Volume) -> dict[str, dict[date, int]]:
    """Table -> day (UTC) -> rows recorded on it: the judged day and the weeks before it, as landing counted them."""
    rows = connection.execute(
        """select table_name, recorded_on, sum(n_rows)::bigint from ops.landing_day
        where recorded_on > %s and recorded_on <= %s group by 1, 2""",
        (run.as_of - timedelta(weeks=rule.weeks, days=1), run.as_of),
    )
    counts: dict[str, dict[date, int]] = {}
    for table, day, count in rows:
        counts.setdefault(table, {})[day] = count
    return counts
