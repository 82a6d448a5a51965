"""Whose time it is when a vendor is read: ours, unless its connection says that it lives in another."""

from datetime import UTC, datetime, timedelta

import pytest

from config.settings import ConfigError
from copilot import clock
from copilot.sources.api.connection import Connection
from copilot.sources.api.session import Deadline, Patience
from copilot.sources.api.time import time_at
from tests.scripted_api import Answer, scripted

OURS = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    now = [OURS]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


def connection(url: str, **extra: str) -> Connection:
    return Connection.of("desk", {"host": url, "extra": extra})


def test_a_vendor_is_read_in_our_time_and_is_not_asked_for_its_own() -> None:
    with scripted(Answer()) as api:
        assert time_at(connection(api.url), Deadline(Patience()))() == OURS
        assert api.asked == []


def test_a_vendor_of_another_time_is_asked_once_and_its_time_passes_as_ours(ours: list[datetime]) -> None:
    with scripted(Answer(status=404, headers={"Date": "Wed, 18 Nov 2026 03:30:00 GMT"})) as api:
        now = time_at(connection(api.url, time="vendor"), Deadline(Patience()))
        assert now() == datetime(2026, 11, 18, 3, 30, tzinfo=UTC)
        ours[0] += timedelta(seconds=90)

        assert now() == datetime(2026, 11, 18, 3, 31, 30, tzinfo=UTC)
        assert len(api.asked) == 1


def test_another_word_for_the_time_is_named_with_its_connection() -> None:
    with pytest.raises(ConfigError, match=r"connection desk: extra: time says 'theirs': there is ours and vendor"):
        time_at(connection("http://127.0.0.1:1", time="theirs"), Deadline(Patience()))
