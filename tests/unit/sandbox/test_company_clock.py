"""The company lives in days of its own, and its time passes as ours does, never backwards."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from copilot import clock
from copilot.sandbox.company_clock import CompanyClock

NIGHT = datetime(2026, 11, 18, 3, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Our time, for the test to move."""
    now = [datetime(2030, 1, 1, tzinfo=UTC)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


def test_until_it_is_set_the_company_lives_in_our_time(ours: list[datetime], tmp_path: Path) -> None:
    assert CompanyClock(tmp_path).now() == ours[0]


def test_once_set_its_time_passes_as_ours(ours: list[datetime], tmp_path: Path) -> None:
    CompanyClock(tmp_path / "sandbox").set_to_night_after(date(2026, 11, 17))
    ours[0] += timedelta(minutes=7)

    assert CompanyClock(tmp_path / "sandbox").now() == NIGHT + timedelta(minutes=7)


def test_it_is_set_forward_and_not_back(tmp_path: Path) -> None:
    own = CompanyClock(tmp_path)
    own.set_to_night_after(date(2026, 11, 16))
    own.set_to_night_after(date(2026, 11, 17))
    own.set_to_night_after(date(2026, 11, 10))

    assert own.now() == NIGHT
