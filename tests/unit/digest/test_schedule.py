"""Which morning, in which zone, on which days."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from config.digest import Calendar
from copilot.digest.schedule import due_at, local_date, send_time, zone_of
from tests.unit.digest.sample import AS_OF, CONFIG, a_csm

CALENDAR = CONFIG.calendar
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Apia",
)


def test_the_data_of_tuesday_is_the_mail_of_wednesday_morning():
    assert local_date(AS_OF) == date(2026, 11, 18)
    assert due_at(AS_OF, a_csm(), CALENDAR).isoformat() == "2026-11-18T07:30:00+01:00"
    assert due_at(AS_OF, a_csm(timezone="America/Los_Angeles"), CALENDAR).isoformat() == "2026-11-18T07:30:00-08:00"


def test_where_the_sun_is_up_before_the_utc_day_ends_it_is_due_when_the_day_has():
    assert due_at(AS_OF, a_csm(timezone="Asia/Tokyo"), CALENDAR).isoformat() == "2026-11-18T09:00:00+09:00"


@pytest.mark.parametrize("hour", [Decimal("0"), Decimal("7.5"), Decimal("10"), Decimal("23.75")])
@pytest.mark.parametrize("zone", ZONES)
def test_one_digest_per_local_day_over_400_days_and_never_before_the_day_is_over(zone: str, hour: Decimal):
    csm = a_csm(timezone=zone, send_hour=hour)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(400)]
    due = [due_at(day, csm, CALENDAR) for day in days]
    assert [at.date() for at in due] == [local_date(day) for day in days]
    assert len({at.date() for at in due}) == 400
    ends = [datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC) for day in days]
    assert [at for at, end in zip(due, ends, strict=True) if at < end] == []


def test_a_skipped_hour_is_the_next_one_and_a_doubled_hour_comes_once():
    csm = a_csm(send_hour=Decimal("2.5"))
    assert due_at(date(2026, 3, 28), csm, CALENDAR).isoformat() == "2026-03-29T03:30:00+02:00"
    assert due_at(date(2026, 10, 24), csm, CALENDAR).isoformat() == "2026-10-25T02:30:00+02:00"


@pytest.mark.parametrize("zone", [None, "", "Mars/Olympus", "../../etc/passwd", "x" * 500])
def test_an_unknown_zone_is_the_default_one(zone: str | None):
    assert zone_of(a_csm(timezone=zone), CALENDAR).key == "UTC"


@pytest.mark.parametrize("hour", [None, Decimal(24), Decimal(-1)])
def test_an_impossible_hour_is_the_default_one(hour: Decimal | None):
    assert send_time(a_csm(send_hour=hour), CALENDAR).isoformat() == "07:30:00"


def test_weekends_and_listed_holidays_are_not_worked():
    calendar = Calendar(working_days=("mon", "tue", "wed", "thu", "fri"), holidays=(date(2026, 12, 25),))
    worked = [day for day in range(21, 28) if calendar.is_working(date(2026, 12, day))]
    assert worked == [21, 22, 23, 24]
