"""Rooms 1 to 3 for one vendor: fetch each stream's window, gate every record, land rows and position together."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.rest_client.client import RESTClient

from config.settings import var_dir
from copilot import clock
from copilot.sources.api.beside import joined
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import AnyStream, ByTime, ByVendorClock, Connector, Export, Gives, Since
from copilot.sources.api.exports import exported
from copilot.sources.api.faults import SourceFault
from copilot.sources.api.pages import Page
from copilot.sources.api.rows import batches, plan
from copilot.sources.api.session import Deadline, Patience, PatientSession
from copilot.sources.api.spool import Window, fetched
from copilot.sources.canonical import BY_NAME
from copilot.sources.config import ApiSource
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
    deliveries = []
    for stream in connector.stream(source.options):
        gives = [one for one in stream.gives if one.table in wanted]
        if not gives:
            continue
        try:
            file, is_increment = _take_in(cursor, source.name, stream, gives, client, tally)
            deliveries += [Delivery(one.table, (file,), (), True, is_increment) for one in gives]
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


def _take_in(
    cursor: Any, source: str, stream: AnyStream, gives: list[Gives], client: RESTClient, tally: Tally
) -> tuple[str, bool]:
    """Fetch and land one window of a stream; returns its name, and whether it holds only what changed.

    Raises SourceFault and LandingError.
    """
    instant = clock.now()
    began, read_whole_at = position(cursor, source, stream.name)
    is_whole = began is None or _is_due(stream, read_whole_at, instant)
    since = None if is_whole else _since(stream, str(began))
    directory = var_dir() / "spool" / source
    with fetched(stream, _reader(client, stream, since), directory) as window:
        name = f"{stream.name}/{instant:%Y-%m-%dT%H:%M:%S.%fZ}"
        offers = [_offer(source, one, name, window, instant) for one in gives]
        ends = _text(window.ends) or began
        moved = Position(stream.name, began, ends, instant if is_whole or read_whole_at is None else read_whole_at)
        for landed in land_window(cursor, source, offers, moved):
            tally.add(landed)
    tally.files += 1
    return name, not is_whole


def _reader(client: RESTClient, stream: AnyStream, since: Since) -> Callable[[Path], Iterator[Page]]:
    if isinstance(stream, Export):
        begin = since if isinstance(since, datetime) else None
        return lambda place: exported(client, stream, begin, place)
    return lambda place: joined(client, stream, since, place)


def _is_due(stream: AnyStream, read_whole_at: datetime | None, instant: datetime) -> bool:
    """Whether all of it has to be read again: without a cursor always, else every so often for what was deleted."""
    if stream.cursor is None or read_whole_at is None:
        return True
    return stream.full_every is not None and instant - read_whole_at >= stream.full_every


def _since(stream: AnyStream, began: str) -> Since:
    if isinstance(stream.cursor, ByTime | ByVendorClock):
        return datetime.fromisoformat(began) - stream.cursor.lag
    return began


def _text(ends: Since) -> str | None:
    return ends.isoformat() if isinstance(ends, datetime) else ends


def _offer(source: str, gives: Gives, name: str, window: Window, instant: datetime) -> Offer:
    def read() -> tuple[Dating, Iterator[Judged]]:
        return gives.dating, _judged(gives, window.records(), instant)

    content = window.path.stat()
    with window.path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return Offer(source, BY_NAME[gives.table], name, Stamp(content.st_size, content.st_mtime_ns), sha256, instant, read)


def _judged(gives: Gives, records: Iterable[dict[str, Any]], instant: datetime) -> Iterator[Judged]:
    gate = Gate(plan(gives), instant)
    return map(gate.judge, batches(gives, records))
