"""What is asked of a stream again: what changed, everything every so often, everything when too much was missed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

from copilot.sources.api.connector import Ask, ByTime, ByToken, ByVendorClock, Stream
from copilot.sources.api.history import needed_instant
from copilot.sources.api.windows import Asked, windows

NOW = datetime(2026, 7, 1, tzinfo=UTC)
BEGAN = "2026-06-30T00:00:00+00:00"
BY_CLOCK = Stream(
    "subscriptions",
    ask=lambda _: Ask("subscriptions"),
    select="data",
    paginator=SinglePagePaginator,
    gives=(),
    cursor=ByVendorClock(lag=timedelta(minutes=5), kept=timedelta(days=29)),
    full_every=timedelta(days=7),
)
BY_TIME = replace(BY_CLOCK, cursor=ByTime(lambda record: needed_instant(record["at"]), lag=timedelta(minutes=5)))
CHANGES = Asked(datetime(2026, 6, 29, 23, 55, tzinfo=UTC))
YESTERDAY, LAST_MONTH = NOW - timedelta(days=1), NOW - timedelta(days=30)


def test_the_first_window_is_everything() -> None:
    assert windows(BY_TIME, None, None, NOW) == [Asked(None, is_first=True)]


def test_then_only_what_changed_is_asked_for_with_some_overlap() -> None:
    assert windows(BY_TIME, BEGAN, YESTERDAY, NOW) == [CHANGES]
    assert windows(BY_CLOCK, BEGAN, YESTERDAY, NOW) == [CHANGES]


def test_a_token_is_given_back_as_it_came() -> None:
    assert windows(replace(BY_TIME, cursor=ByToken("after"), full_every=None), "t7", LAST_MONTH, NOW) == [Asked("t7")]


def test_everything_is_read_again_after_a_while_and_a_feed_of_changes_before_it() -> None:
    assert windows(BY_TIME, BEGAN, LAST_MONTH, NOW) == [Asked(None)]
    assert windows(BY_CLOCK, BEGAN, LAST_MONTH, NOW) == [CHANGES, Asked(None)]


def test_what_the_vendor_has_forgotten_is_not_asked_for() -> None:
    assert windows(BY_CLOCK, "2026-06-01T00:00:00+00:00", YESTERDAY, NOW) == [Asked(None)]


def test_a_stream_without_a_cursor_is_read_whole_and_only_once_for_the_first_time() -> None:
    plain = replace(BY_TIME, cursor=None)

    assert windows(plain, None, None, NOW) == [Asked(None, is_first=True)]
    assert windows(plain, None, YESTERDAY, NOW) == [Asked(None)]
