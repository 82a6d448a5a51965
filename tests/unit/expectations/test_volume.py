"""The volume rule: a day against its own weekday, learned from the days before it only."""

import math
import random
from datetime import date, timedelta

import pytest

from config.gates import default_gates
from expectations.volume import expected_rows, judge_volume

RULE = default_gates().volume
FIRST = date(2026, 1, 5)
TUESDAY = date(2026, 3, 10)
CLEAN_DAYS = 90


def business(seed: int, days: int, per_day: float = 3000) -> dict[date, int]:
    """Plausible events by day: a weekly and a yearly season, growth, noise wider than Poisson, public holidays."""
    chance = random.Random(seed)  # noqa: S311
    counts = {}
    for n in range(days):
        day = FIRST + timedelta(days=n)
        level = per_day * (1 + 0.002 * n) * (1 + 0.1 * math.sin(2 * math.pi * n / 365))
        level *= (1.0, 1.05, 1.05, 1.0, 0.9, 0.25, 0.2)[day.weekday()]
        if chance.random() < 0.03:
            level *= 0.6
        counts[day] = max(0, round(chance.gauss(level, level * 0.08)))
    return counts


@pytest.mark.parametrize("per_day", [60, 600, 3000])
@pytest.mark.parametrize("seed", range(20))
def test_ninety_clean_days_stop_at_most_once(seed: int, per_day: float):
    counts = business(seed, 60 + CLEAN_DAYS, per_day)
    judged = sorted(counts)[60:]
    alarms = [day for day in judged if not judge_volume("usage_events", counts, day, RULE).passed]

    assert len(judged) == CLEAN_DAYS
    assert len(alarms) <= 1


def test_false_stops_over_thousands_of_clean_days_are_rare():
    alarms = judged = 0
    for seed in range(100, 150):
        counts = business(seed, 60 + CLEAN_DAYS)
        findings = [judge_volume("usage_events", counts, day, RULE) for day in sorted(counts)[60:]]
        judged += len(findings)
        alarms += sum(not finding.passed for finding in findings)

    assert judged == 4500
    assert alarms * CLEAN_DAYS / judged <= 0.2


@pytest.mark.parametrize(
    ("factor", "caught"), [(0, True), (0.05, True), (0.15, True), (0.8, False), (1.3, False), (10, True)]
)
@pytest.mark.parametrize("weekday", range(7))
def test_a_lost_or_doubled_day_is_caught_on_every_weekday_and_a_busy_one_is_not(factor, caught, weekday):
    counts = business(1, 90)
    day = max(day for day in counts if day.weekday() == weekday)
    counts[day] = round(expected_rows(counts, day, RULE).usual * factor)

    # A Sunday ten times over is still below three times the busiest weekday: only weekdays can overflow.
    expected = caught and not (factor == 10 and weekday >= 5)
    assert judge_volume("usage_events", counts, day, RULE).passed is not expected


def test_an_outage_does_not_become_the_new_normal():
    counts = business(2, 90)
    days = sorted(counts)
    for day in days[-14:]:
        counts[day] = 0

    assert [judge_volume("usage_events", counts, day, RULE).passed for day in days[-14:]] == [False] * 14


def test_the_judged_day_and_later_days_are_not_part_of_the_expectation():
    counts = business(3, 90)
    before = expected_rows(counts, TUESDAY, RULE)
    counts.update({TUESDAY + timedelta(days=n): 10**9 for n in range(30)})

    assert before is not None
    assert expected_rows(counts, TUESDAY, RULE) == before


def test_days_without_any_row_count_as_nothing_and_are_not_left_out():
    weekdays_only = {day: 100 for day in business(4, 90) if day.weekday() < 5}
    saturday = max(weekdays_only) + timedelta(days=1)
    assert saturday.weekday() in (5, 6) or saturday.weekday() == 0

    sunday = date(2026, 3, 8)
    assert judge_volume("tickets", weekdays_only, sunday, RULE).passed


@pytest.mark.parametrize(
    "counts",
    [
        {},
        {TUESDAY: 5},
        {TUESDAY - timedelta(days=7 * n): 1000 for n in range(1, 4)},
        {TUESDAY - timedelta(days=n): 19 for n in range(1, 80)},
    ],
)
def test_too_little_history_is_said_and_passes(counts):
    finding = judge_volume("usage_events", counts, TUESDAY, RULE)

    assert finding.passed
    assert "too little history to say" in finding.message


def test_the_sentence_gives_both_numbers_and_the_weekday():
    counts = {TUESDAY - timedelta(days=n): 3100 for n in range(1, 60)}
    finding = judge_volume("usage_events", counts, TUESDAY, RULE)

    assert finding.message == "usage_events: 0 rows recorded on 2026-03-10; about 3,100 are usual on a Tuesday"
    assert (finding.n_checked, finding.n_failing, finding.severity) == (0, 3100, "warn")
