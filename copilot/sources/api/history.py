"""A record's past out of the dates that it carries: what holds when, as far as the vendor tells.

An API shows what a record says now. A first load of it would make everything known only today, and no model could learn
from the years before; taking today's words for what was known then would let the future into the past. So each dated
fact becomes a version of its day, and what has no date counts from the record's last change on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from copilot.sources.api.connector import Row

Fact = tuple[datetime | None, Mapping[str, Any]]


def versions(lasting: Row, facts: Sequence[Fact], changed_at: datetime, now: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of one record, oldest first, each with its `recorded_at`.

    `lasting` holds from the first fact on; each fact adds its columns at its instant (one without an instant, or later
    than the last change, has not happened); `now` is what has no date of its own and holds since `changed_at`.
    """
    known = dict(lasting)
    dated = sorted(
        ((at, columns) for at, columns in facts if at is not None and at <= changed_at), key=lambda one: one[0]
    )
    for following, (at, columns) in enumerate(dated, start=1):
        known |= columns
        is_told_with_the_next = following < len(dated) and dated[following][0] == at
        if at < changed_at and not is_told_with_the_next:
            yield {**known, "recorded_at": at}
    yield {**known, **now, "recorded_at": changed_at}


def news(rows: Iterable[Row], needed: Iterable[str] = ()) -> Iterator[Row]:
    """The rows that say something else than the one before, from the first on that has all that is needed.

    The last one counts in any case: what it lacks is for the gate to judge.
    """
    must_have, kept = tuple(needed), None
    found = list(rows)
    for number, row in enumerate(found, start=1):
        if number < len(found) and any(row.get(name) is None for name in must_have):
            continue
        content = {name: value for name, value in row.items() if name != "recorded_at" and value is not None}
        if content != kept:
            yield row
        kept = content


def instant(said: Any) -> datetime | None:
    """An instant from ISO 8601 with a zone, or from seconds since 1970. Raises ValueError and TypeError."""
    if said is None or said == "":
        return None
    if isinstance(said, int | float):
        return datetime.fromtimestamp(said, UTC)
    found = datetime.fromisoformat(said)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def needed_instant(said: Any) -> datetime:
    """The same, where there must be one. Raises ValueError and TypeError."""
    found = instant(said)
    if found is None:
        raise ValueError("a time is missing")
    return found


def needed_id(said: Any) -> str:
    """The id as text, where there must be one. Raises ValueError."""
    if said is None:
        raise ValueError("an id is missing")
    return str(said)


def day_of(said: Any) -> date | None:
    """The day of an instant, in UTC."""
    found = instant(said)
    return found.date() if found else None
