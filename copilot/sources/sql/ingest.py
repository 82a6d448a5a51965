"""Rooms 1 to 3 for tables that are landed already: copy what changed to a file, then read, gate and land that file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from config.settings import var_dir
from copilot import clock
from copilot.sources.api.connection import Connection
from copilot.sources.api.faults import SourceFault
from copilot.sources.api.spool import place_in
from copilot.sources.canonical import Table
from copilot.sources.config import TableMapping
from copilot.sources.files import FoundFile, UnreadableFile
from copilot.sources.gate import Gate, Judged
from copilot.sources.reading import Dating, plan, read_batches
from copilot.sources.sql.config import SqlSource, SqlTable
from copilot.sources.sql.database import Snapshot, snapshot
from copilot.sources.tally import Tally
from copilot.warehouse.landing import LandingError, Offer, land_window
from copilot.warehouse.landing_state import Delivery
from copilot.warehouse.stream_position import Position, move, position


def take_in_tables(cursor: Any, source: SqlSource, role: str, connection: Connection, tally: Tally) -> list[Delivery]:
    """Read every table of the role out of one snapshot; returns what there was of each.

    A table that cannot be read is named in its delivery, and the others go on.
    """
    tables = source.tables_for(role)
    try:
        with snapshot(connection, source.deadline_minutes * 60) as found:
            return [_delivery(_Intake(cursor, source, found, tally), table) for table in tables]
    except SourceFault as error:
        return [Delivery(table.name, (), (str(error),), True) for table in tables]


def _delivery(intake: "_Intake", table: Table) -> Delivery:
    try:
        file, is_increment = intake.table(table)
    except (UnreadableFile, LandingError, SourceFault) as error:
        return Delivery(table.name, (), (f"{intake.source.tables[table.name].relation}: {error}",), True)
    intake.tally.tables += 1
    return Delivery(table.name, (file,), (), True, is_increment)


@dataclass(frozen=True)
class _Intake:
    """One source that is being read: where its rows go, the snapshot, and what came so far."""

    cursor: Any
    source: SqlSource
    snapshot: Snapshot
    tally: Tally

    def table(self, table: Table) -> tuple[str, bool]:
        """Take in one table: the name of its window, and whether that holds only what changed."""
        given, instant = self.source.tables[table.name], clock.now()
        began, read_whole_at = position(self.cursor, self.source.name, table.name)
        since = _since(self.source, given, began, read_whole_at, instant)
        name = f"{table.name}/{instant:%Y-%m-%dT%H:%M:%S.%fZ}"
        with place_in(var_dir() / "spool" / self.source.name, table.name) as place:
            file = FoundFile(place / "rows.csv", name)
            newest = _copied(self.snapshot, table, given, file.path, since)
            ends = newest.isoformat() if newest else began
            offer = _offer(self.source.name, table, given, file, instant, since is None)
            to = Position(table.name, began, ends, instant if since is None else read_whole_at or instant)
            self._land(offer, to)
        self.tally.files += 1
        return name, since is not None

    def _land(self, offer: Offer, to: Position) -> None:
        for landed in land_window(self.cursor, offer.source, [offer], lambda: move(self.cursor, offer.source, to)):
            self.tally.add(landed)


def _since(
    source: SqlSource, given: SqlTable, began: str | None, read_whole_at: datetime | None, instant: datetime
) -> datetime | None:
    """From when on rows are wanted; None for all: the first time, without a cursor, and every so often."""
    if given.cursor is None or began is None or read_whole_at is None:
        return None
    if instant - read_whole_at >= timedelta(days=source.full_every_days):
        return None
    return datetime.fromisoformat(began) - timedelta(hours=source.lag_hours)


def _copied(found: Snapshot, table: Table, given: SqlTable, path: Path, since: datetime | None) -> datetime | None:
    """Copy what is wanted of a table; the newest time of its cursor. Raises UnreadableFile and SourceFault."""
    try:
        relation = found.relation(given.place)
        chosen = plan(table, _mapping(given), relation.columns)
        newest = found.newest(relation, given.cursor) if given.cursor else None
        columns = list(dict.fromkeys(chosen.columns.values()))
        found.copy(relation, columns, path, (given.cursor, since) if given.cursor and since else None)
    except psycopg.Error as error:
        found.connection.rollback()
        raise SourceFault(f"the database says: {str(error).splitlines()[0]}") from None
    return newest


def _mapping(given: SqlTable) -> TableMapping:
    """What is copied, as the file that it becomes."""
    return TableMapping(columns=given.columns, formats=given.formats, values=given.values, constants=given.constants)


def _offer(source: str, table: Table, given: SqlTable, file: FoundFile, instant: datetime, is_whole: bool) -> Offer:
    def read() -> tuple[Dating, Iterator[Judged]]:
        chosen, batches = read_batches(file, table, _mapping(given))
        if chosen is None:
            return "snapshot", iter(())
        # A table holds what is the case now: where it says since when, that is the time of the state.
        return "states" if chosen.is_versioned else "snapshot", map(Gate(chosen, instant).judge, batches)

    tells_all = is_whole and table.has_deletions
    return Offer(source, table, file.name, file.stamp(), file.sha256(), instant, read, tells_all=tells_all)
