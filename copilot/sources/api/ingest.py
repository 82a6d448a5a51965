"""Rooms 1 to 3 for one vendor: fetch each stream's window, gate every record, land rows and position together."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.rest_client.client import RESTClient

from config.settings import var_dir
from copilot import clock
from copilot.sources.api.beside import joined
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import AnyStream, Connector, Export, Gives, Record, Since
from copilot.sources.api.drift import DEFAULT
from copilot.sources.api.exports import exported
from copilot.sources.api.faults import SourceFault
from copilot.sources.api.pages import Page
from copilot.sources.api.rows import batches, plan
from copilot.sources.api.session import Deadline, Patience, PatientSession
from copilot.sources.api.spool import Window, fetched
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
from copilot.warehouse.stream_position import Position, position


def take_in_streams(cursor: Any, source: ApiSource, role: str, connection: Connection, tally: Tally) -> list[Delivery]:
    """Read every stream that gives a table of the role; returns what there was of each table.

    A stream that fails is named in the deliveries of its tables, and the others go on until the deadline.
    """
    wanted = {table.name for table in source.tables_for(role)}
    connector = CONNECTORS[source.type]
    client = _client(connector, connection, Deadline(Patience(total_seconds=source.deadline_minutes * 60)))
    intake, deliveries = _Intake(cursor, source, client, tally), []
    for stream in connector.stream(source.options):
        gives = [one for one in stream.gives if one.table in wanted]
        if not gives:
            continue
        try:
            files, is_increment = intake.stream(stream, gives)
            deliveries += [Delivery(one.table, files, (), True, is_increment) for one in gives]
            tally.tables += len(gives)
        except (SourceFault, LandingError) as error:
            deliveries += [Delivery(one.table, (), (str(error),), True) for one in gives]
    return _by_table(deliveries)


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


def _client(connector: Connector, connection: Connection, deadline: Deadline) -> RESTClient:
    access = connector.access(connection, PatientSession(deadline))
    session = PatientSession(deadline, connector.accepted, access.token)
    return RESTClient(
        connection.base_url,
        headers=dict(access.headers),
        auth=access.key,
        session=session,
        # Given, so that dlt does not look for it in Airflow's variables: that takes seconds and logs a warning.
        config=RuntimeConfiguration(),
    )


@dataclass(frozen=True)
class _Intake:
    """One source that is being read: where its rows go, how it is asked, and what came so far."""

    cursor: Any
    source: ApiSource
    client: RESTClient
    tally: Tally

    def stream(self, stream: AnyStream, gives: Sequence[Gives]) -> tuple[tuple[str, ...], bool]:
        """Take in what a stream has; the names of its windows, and whether they hold only what changed.

        Raises SourceFault and LandingError.
        """
        began, read_whole_at = position(self.cursor, self.source.name, stream.name)
        asked = windows(stream, began, read_whole_at, clock.now())
        names = tuple(self._window(stream, gives, one) for one in asked)
        return names, not any(one.is_whole for one in asked)

    def _window(self, stream: AnyStream, gives: Sequence[Gives], asked: Asked) -> str:
        """Fetch one window whole, then land it."""
        instant, source = clock.now(), self.source.name
        began, read_whole_at = position(self.cursor, source, stream.name)
        with fetched(stream, _reader(self.client, stream, asked), var_dir() / "spool" / source) as window:
            name = f"{stream.name}/{instant:%Y-%m-%dT%H:%M:%S.%fZ}"
            offers = [_offer(self.source, one, name, window, instant, asked.is_whole) for one in gives]
            whole_at = instant if asked.is_whole or read_whole_at is None else read_whole_at
            position_after = Position(stream.name, began, _text(window.ends) or began, whole_at)
            # Who has nothing at all may be out of order: then everything is asked for again next time.
            is_silent = asked.is_whole and window.n_records == 0
            for landed in land_window(self.cursor, source, offers, None if is_silent else position_after):
                self.tally.add(landed)
        self.tally.files += 1
        return name


def _reader(client: RESTClient, stream: AnyStream, asked: Asked) -> Callable[[Path], Iterator[Page]]:
    if isinstance(stream, Export):
        begin = asked.since if isinstance(asked.since, datetime) else None
        return lambda place: exported(client, stream, begin, place)
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
