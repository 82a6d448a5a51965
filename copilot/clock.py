"""The only module that reads the clock; everything else is told its day."""

from datetime import UTC, date, datetime, timedelta


def now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(tz=UTC)


def last_complete_day() -> date:
    """Yesterday in UTC: the newest business day whose data can all be in."""
    return now().date() - timedelta(days=1)
