"""A window of records on disk, and where the next one begins."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copilot.sources.api.connector import Ask, ByTime, Stream
from copilot.sources.api.pages import Page
from copilot.sources.api.spool import fetched

NOW = datetime(2026, 11, 17, tzinfo=UTC)
EVENTS = Stream(
    "events",
    ask=lambda _: Ask("events"),
    select="events",
    paginator=lambda: None,  # type: ignore[arg-type, return-value]
    gives=(),
    cursor=ByTime(lambda record: datetime.fromtimestamp(record["at"] / 1000, UTC)),
)


def ends(place: Path, *pages: list[dict[str, Any]]) -> Any:
    """Where the next window begins, after these pages; that all records are kept is looked after too."""

    def read(_: Path) -> Iterator[Page]:
        return (Page(records, {}, NOW) for records in pages)

    with fetched(EVENTS, read, place) as window:
        assert list(window.records()) == [record for records in pages for record in records]
        return window.ends


def test_the_next_window_begins_at_the_newest_time_of_change(tmp_path: Path) -> None:
    assert ends(tmp_path, [{"at": 1000}, {"at": 3000}], [{"at": 2000}]) == datetime.fromtimestamp(3, UTC)


def test_a_record_without_its_time_moves_nothing_and_stops_nothing(tmp_path: Path) -> None:
    broken: list[dict[str, Any]] = [{"at": "soon"}, {}, {"at": None}, {"at": 10**30}]
    assert ends(tmp_path, [{"at": 1000}, *broken]) == datetime.fromtimestamp(1, UTC)
    assert ends(tmp_path, broken) is None


def test_what_a_process_that_was_killed_left_goes_before_the_next_window(tmp_path: Path) -> None:
    (tmp_path / "events.dead").mkdir()
    (tmp_path / "events.dead" / "records.jsonl").write_text("{}\n")
    ends(tmp_path, [{"at": 1000}])
    assert list(tmp_path.iterdir()) == []


def test_a_window_that_another_run_is_reading_stays(tmp_path: Path) -> None:
    page = Page([{"at": 1000}], {}, NOW)
    with fetched(EVENTS, lambda _: iter([page]), tmp_path) as window:
        ends(tmp_path, [{"at": 2000}])
        assert list(window.records()) == [{"at": 1000}]
    assert list(tmp_path.iterdir()) == []


def test_without_a_record_it_begins_where_this_one_did(tmp_path: Path) -> None:
    assert ends(tmp_path) is None
    assert ends(tmp_path, []) is None
