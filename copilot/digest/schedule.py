"""Which local morning a day's digest belongs to, in any time zone, through every clock change. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.digest import Calendar
from copilot.digest.book import Csm

KIND = "daily"


def zone_of(csm: Csm, calendar: Calendar) -> ZoneInfo:
    """The CSM's time zone, or the default when it is missing or unknown."""
    try:
        return ZoneInfo(csm.timezone or calendar.default_timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(calendar.default_timezone)


def send_time(csm: Csm, calendar: Calendar) -> time:
    """The CSM's hour of the day (7.5 = 07:30), or the default when it is missing or impossible."""
    hour = calendar.default_send_hour if csm.send_hour is None else float(csm.send_hour)
    if not 0 <= hour < 24:
        hour = calendar.default_send_hour
    return time(int(hour), int(hour * 60) % 60)


def local_date(as_of: date) -> date:
    """The morning whose digest tells the UTC day `as_of`: the next one, everywhere, so one per local date all year."""
    return as_of + timedelta(days=1)


def due_at(as_of: date, csm: Csm, calendar: Calendar) -> datetime:
    """When (in the CSM's zone) the digest of a day is due: at the CSM's hour, but not before the day is over.

    Far enough east the sun is up before the UTC day has ended: there it is due as soon as it has. An hour that a clock
    change skips is the one after it.
    """
    zone = zone_of(csm, calendar)
    wall = datetime.combine(local_date(as_of), send_time(csm, calendar), tzinfo=zone)
    over = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=UTC)
    return max(wall.astimezone(UTC), over).astimezone(zone)
