"""Which local morning a day's digest belongs to, in any time zone, through every clock change. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
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


@cache
def _largest_offset(zone: ZoneInfo, year: int) -> timedelta:
    """How far ahead of UTC the zone ever is in that year."""
    offsets = [datetime(year, month, 1, 12, tzinfo=zone).utcoffset() for month in range(1, 13)]
    return max(offset for offset in offsets if offset is not None)


def local_date(as_of: date, csm: Csm, calendar: Calendar) -> date:
    """The first local morning on which the whole UTC day `as_of` is over; one morning per day, all year.

    Far enough east the sun is up before the UTC day has ended: there it is the morning after. The year's largest
    offset decides, so that a clock change neither skips a morning nor gives one two digests.
    """
    at = send_time(csm, calendar)
    ahead = _largest_offset(zone_of(csm, calendar), as_of.year)
    too_early = timedelta(hours=at.hour, minutes=at.minute) < ahead
    return as_of + timedelta(days=2 if too_early else 1)


def due_at(local: date, csm: Csm, calendar: Calendar) -> datetime:
    """The instant (in the CSM's zone) at which that morning's digest is due; a skipped hour counts as the next one."""
    wall = datetime.combine(local, send_time(csm, calendar), tzinfo=zone_of(csm, calendar))
    return wall.astimezone(UTC).astimezone(wall.tzinfo)
