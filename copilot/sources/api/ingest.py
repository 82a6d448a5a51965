"""Rooms 1 to 3 for one vendor: fetch each stream's window, gate every record, land rows and position together."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from config.kill_point import kill_point
from config.settings import var_dir
from copilot.sources.api.beside import joined
from copilot.sources.api.client import client_of
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import AnyStream, Export, Gives, Record, Since, Stream
from copilot.sources.api.drift import DEFAULT
from copilot.sources.api.exports import exported
from copilot.sources.api.faults import SourceFault
from copilot.sources.api.pages import Page, caller
from copilot.sources.api.rows import batches, plan
from copilot.sources.api.session import Deadline, Patience
from copilot.sources.api.spool import Window, fetched
from copilot.sources.api.time import Now, time_at
from copilot.sources.api.windows import Asked, windows
from copilot.sources.canonical import BY_NAME
from copilot.sources.config import ApiSource, DriftWord
from copilot.sources.connectors import CONNECTORS
from copilot.sources.files import Stamp
from copilot.sources.gate import Gate, Judged
from copilot.sources.reading import Dating
from copilot.sources.tally import Tally
from copilot.warehouse.landing import LandingError, Offer, land_window
from copilot.warehouse.landing_state import Delivery
from copilot.warehouse.stream_position import Position, move, position
from copilot.warehouse.webhook_events import TakenMeanwhile, Waiting, mark_landed, waiting


def take_in_streams(cursor: Any, source: ApiSource, role: str, connection: Connection, tally: Tally) -> list[Delivery]:
    """Read every stream that gives a table of the role; returns what there was of each table.

    A stream that fails is named in the deliveries of its tables, and the others go on until the deadline.
    """
    wanted = {table.name for table in source.tables_for(role)}
    intake, deliveries = _intake(cursor, source, connection, tally), []
    for stream in CONNECTORS[source.type].stream(source.options):
        gives = [one for one in stream.gives if one.table in wanted]
        if not gives:
            continue
        try:
            files, is_increment = intake.stream(stream, gives)
            deliveries += [Delivery(one.table, files, (), True, is_increment) for one in gives]
            tally.tables += len(gives)
        except (SourceFault, LandingError) as error:
            deliveries += _failed(gives, error)
    return _by_table([*deliveries, *_take_in_pushed(intake)])


def take_in_pushed(cursor: Any, source: ApiSource, connection: Connection, tally: Tally) -> list[Delivery]:
    """Land what was pushed, and ask the vendor for no more than that refers to; returns what could not be."""
    return _take_in_pushed(_intake(cursor, source, connection, tally))


def _take_in_pushed(intake: "_Intake") -> list[Delivery]:
    failed = []
    for stream in CONNECTORS[intake.source.type].stream(intake.source.options):
        if not isinstance(stream, Stream) or not stream.pushed:
            continue
        gives = [one for one in stream.gives if one.table in intake.source.given]
        try:
            intake.pushed(stream, gives)
        except (SourceFault, LandingError) as error:
            failed += _failed(gives, error)
    return failed


def _failed(gives: Sequence[Gives], error: Exception) -> list[Delivery]:
    return [Delivery(one.table, (), (str(error),), True) for one in gives]


def _by_table(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """One delivery a table: several streams may give parts of it, and none may hide what is wrong with another."""
    found: dict[str, Delivery] = {}
    for one in deliveries:
        other = found.setdefault(one.table, one)
        if other is not one:
            found[one.table] = Delivery(
                one.table,
                other.files + one.files,
                other.errors + one.errors,
                True,
                other.is_increment or one.is_increment,
            )
    return list(found.values())


def _intake(cursor: Any, source: ApiSource, connection: Connection, tally: Tally) -> "_Intake":
    deadline = Deadline(Patience(total_seconds=source.deadline_minutes * 60))
    client = client_of(CONNECTORS[source.type], connection, deadline)
    return _Intake(cursor, source, client, time_at(connection, deadline), tally)


@dataclass(frozen=True)
class _Intake:
    """One source that is being read: where its rows go, how it is asked, what time it is, and what came so far."""

    cursor: Any
    source: ApiSource
    client: RESTClient
    now: Now
    tally: Tally

    def stream(self, stream: AnyStream, gives: Sequence[Gives]) -> tuple[tuple[str, ...], bool]:
        """Take in what a stream has; the names of its windows, and whether they hold only what changed.

        Raises SourceFault and LandingError.
        """
        began, read_whole_at = position(self.cursor, self.source.name, stream.name)
        asked = windows(stream, began, read_whole_at, self.now())
        names = tuple(self._window(stream, gives, one) for one in asked)
        return names, not any(one.is_whole for one in asked)

    def _window(self, stream: AnyStream, gives: Sequence[Gives], asked: Asked) -> str:
        """Fetch one window whole, then land it."""
        instant, source = self.now(), self.source.name
        began, read_whole_at = position(self.cursor, source, stream.name)
        kill_point("fetch.before_asking")
        with fetched(stream, _reader(self.client, stream, asked, instant), var_dir() / "spool" / source) as window:
            kill_point("fetch.before_landing")
            name = f"{stream.name}/{instant:%Y-%m-%dT%H:%M:%S.%fZ}"
            offers = [_offer(self.source, one, name, window, instant, asked.is_whole) for one in gives]
            whole_at = instant if asked.is_whole or read_whole_at is None else read_whole_at
            # Who has nothing at all may be out of order: then everything is asked for again next time.
            is_silent = asked.is_whole and window.n_records == 0
            to = None if is_silent else Position(stream.name, began, _text(window.ends) or began, whole_at)
            self._land(offers, lambda: move(self.cursor, source, to))
            kill_point("fetch.after_commit")
        return name

    def pushed(self, stream: Stream, gives: Sequence[Gives]) -> None:
        """Take in what was pushed for a stream, once it has been read: a record that is known gets no new past.

        Raises SourceFault and LandingError.
        """
        began, _ = position(self.cursor, self.source.name, stream.name)
        last = None
        while began and (events := waiting(self.cursor, self.source.name, stream.pushed, last)):
            self._pushed_window(stream, gives, events)
            last = events[-1]

    def _pushed_window(self, stream: Stream, gives: Sequence[Gives], events: Sequence[Waiting]) -> None:
        """Land these events as if the vendor's feed had given them in one page."""
        instant, source = self.now(), self.source.name
        told = [json.loads(event.payload) for event in (reversed(events) if stream.is_newest_first else events)]

        def read(_: Path) -> Iterator[Page]:
            yield Page(stream.complete(caller(self.client, stream.name), told), {}, instant)

        with fetched(stream, read, var_dir() / "spool" / source) as window, suppress(TakenMeanwhile):
            name = f"{stream.name}/pushed/{instant:%Y-%m-%dT%H:%M:%S.%fZ}"
            offers = [_offer(self.source, one, name, window, instant, is_whole=False) for one in gives]
            self._land(offers, lambda: mark_landed(self.cursor, source, events, instant))

    def _land(self, offers: Sequence[Offer], remember: Callable[[], None]) -> None:
        for landed in land_window(self.cursor, self.source.name, offers, remember):
            self.tally.add(landed)
        self.tally.files += 1


def _reader(client: RESTClient, stream: AnyStream, asked: Asked, instant: datetime) -> Callable[[Path], Iterator[Page]]:
    if isinstance(stream, Export):
        begin = asked.since if isinstance(asked.since, datetime) else None
        return lambda place: exported(client, stream, begin, instant, place)
    return lambda place: joined(client, stream, asked.since, asked.is_first, place)


def _text(ends: Since) -> str | None:
    return ends.isoformat() if isinstance(ends, datetime) else ends


def _offer(source: ApiSource, gives: Gives, name: str, window: Window, instant: datetime, is_whole: bool) -> Offer:
    table = BY_NAME[gives.table]

    def read() -> tuple[Dating, Iterator[Judged]]:
        return gives.dating, _judged(gives, window.records(), instant, source.drift.get(gives.table, DEFAULT))

    content = window.path.stat()
    with window.path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    stamp = Stamp(content.st_size, content.st_mtime_ns)
    tells_all = is_whole and table.has_deletions
    return Offer(source.name, table, name, stamp, sha256, instant, read, tells_all=tells_all)


def _judged(gives: Gives, records: Iterable[Record], instant: datetime, word: DriftWord) -> Iterator[Judged]:
    gate = Gate(plan(gives), instant)
    return map(gate.judge, batches(gives, records, word))
