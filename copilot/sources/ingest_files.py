"""Rooms 1 to 3 for files: find them, read them, gate every record, land what is good."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from copilot import clock
from copilot.sources.canonical import Table
from copilot.sources.config import FileSource, TableMapping
from copilot.sources.files import ChangedWhileRead, FoundFile, Stamp, UnreadableFile, find_files
from copilot.sources.reading import Dating
from copilot.sources.tally import Tally
from copilot.warehouse.landing_state import Delivery


def take_in_files(cursor: Any, source: FileSource, role: str, sources_file: Path, tally: Tally) -> list[Delivery]:
    """Land every new or changed file of one source and role; returns what there was of each table.

    A file that cannot be read is named in its delivery, and the others go on.
    """
    from copilot.sources.ingest_pushed import take_in_rows
    from copilot.warehouse.landing import known_stamps

    found = find_files(source, sources_file)
    deliveries = []
    for table in source.tables_for(role):
        files = found[table.name]
        known = known_stamps(cursor, source.name, table)
        errors = [error for file in files if (error := _take_in(cursor, source, table, file, known, tally))]
        n_pushed = take_in_rows(cursor, source, table, tally)
        names = tuple(file.name for file in files)
        is_only_pushed = not source.path
        deliveries.append(
            Delivery(table.name, names, tuple(errors), table.name in source.tables, is_increment=is_only_pushed)
        )
        tally.tables += bool(files or n_pushed)
    return deliveries


def _take_in(
    cursor: Any, source: FileSource, table: Table, file: FoundFile, known: dict[str, Stamp], tally: Tally
) -> str:
    """Land one file and add to the counts; returns what is wrong with the file as a whole, or nothing.

    A file that nobody wrote since it was taken in is not opened: years of files cost a look at each.
    """
    from copilot.warehouse.landing import LandingError, Offer, land

    mapping = source.mapping(table) or TableMapping()
    instant = clock.now()
    tally.files += 1

    def read() -> tuple[Dating, Iterator[Any]]:
        return judged(file, table, mapping, instant)

    try:
        stamp = file.stamp()
        if known.get(file.name) == stamp:
            tally.skipped += 1
            return ""
        offer = Offer(source.name, table, file.name, stamp, file.sha256(), instant, read, mapping.may_shrink)
        tally.add(land(cursor, offer))
    except (UnreadableFile, LandingError, OSError) as error:
        tally.changing += isinstance(error, ChangedWhileRead)
        return f"{file.name}: {error}"
    return ""


def judged(file: FoundFile, table: Table, mapping: TableMapping, instant: datetime) -> tuple[Dating, Iterator[Any]]:
    """How the file dates its rows, and its judged batches."""
    from copilot.sources.reading import read_batches

    chosen, batches = read_batches(file, table, mapping)
    if chosen is None:
        return "versions", iter(())
    return chosen.dating, _gated(file, chosen, batches, instant)


def _gated(file: FoundFile, chosen: Any, batches: Iterator[Any], instant: datetime) -> Iterator[Any]:
    from copilot.sources.gate import Gate

    gate = Gate(chosen, instant)
    before = file.path.stat()
    for batch in batches:
        yield gate.judge(batch)
    after = file.path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ChangedWhileRead("the file changed while it was read: it will be read again")
