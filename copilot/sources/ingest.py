"""Rooms 1 to 3 for one source: find its files, read them, gate every record, land what is good."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from config.run import Run
from config.settings import ConfigError
from copilot import clock
from copilot.sources.canonical import Table
from copilot.sources.config import Source, TableMapping, did_you_mean, load_sources
from copilot.sources.files import ChangedWhileRead, FoundFile, Stamp, UnreadableFile, find_files

COUNTS = ("received", "landed", "unchanged", "rejected")


def sources_for(role: str, run: Run) -> list[str]:
    """The names of the sources that give a table of that role, in the order of the file."""
    return [source.name for source in load_sources(run.sources).sources if source.tables_for(role)]


def ingest(source: str, role: str, run: Run) -> dict[str, Any]:
    """Take in every new or changed file of one source and role, and write the day's ops.source_state.

    Counts are of the files that were read now: a file whose content is known is only counted under `skipped`. A file
    that cannot be read is named under `problems`, and the others go on. Safe to repeat and to run twice at once.
    Raises ChangedWhileRead at the end when a file was still being written: it is the one that another try can mend.
    """
    from copilot.warehouse.landing import bulk_connection, known_stamps, prepare_source
    from copilot.warehouse.landing_state import Delivery, record_states

    given = _source(source, run)
    found = find_files(given, run.sources)
    counts: dict[str, Any] = dict.fromkeys((*COUNTS, "files", "skipped", "changing", "tables"), 0)
    deliveries = []
    with bulk_connection(run.database) as cursor:
        prepare_source(cursor, source)
        for table in given.tables_for(role):
            files = found[table.name]
            known = known_stamps(cursor, source, table)
            errors = [error for file in files if (error := _take_in(cursor, given, table, file, known, counts))]
            names = tuple(file.name for file in files)
            deliveries.append(Delivery(table.name, names, tuple(errors), table.name in given.tables))
            counts["tables"] += bool(files)
    problems = record_states(run.database, run.as_of, source, deliveries)
    if counts.pop("changing"):
        raise ChangedWhileRead("; ".join(problems))
    return {**counts, "problems": problems}


def _source(name: str, run: Run) -> Source:
    sources = {source.name: source for source in load_sources(run.sources).sources}
    if name not in sources:
        raise ConfigError(f"{run.sources}: there is no source {name}: {did_you_mean(name, list(sources))}")
    return sources[name]


def _take_in(
    cursor: Any, source: Source, table: Table, file: FoundFile, known: dict[str, Stamp], counts: dict[str, Any]
) -> str:
    """Land one file and add to the counts; returns what is wrong with the file as a whole, or nothing.

    A file that nobody wrote since it was taken in is not opened: years of files cost a look at each.
    """
    from copilot.warehouse.landing import LandingError, Offer, land

    mapping = source.mapping(table) or TableMapping()
    instant = clock.now()
    counts["files"] += 1

    def read() -> tuple[bool, Iterator[Any]]:
        return _judged(file, table, mapping, instant)

    try:
        stamp = file.stamp()
        if known.get(file.name) == stamp:
            counts["skipped"] += 1
            return ""
        offer = Offer(source.name, table, file.name, stamp, file.sha256(), instant, read, mapping.may_shrink)
        landed = land(cursor, offer)
    except (UnreadableFile, LandingError, OSError) as error:
        counts["changing"] += isinstance(error, ChangedWhileRead)
        return f"{file.name}: {error}"
    counts["skipped"] += landed.skipped
    for name in COUNTS:
        counts[name] += getattr(landed, name)
    return ""


def _judged(file: FoundFile, table: Table, mapping: TableMapping, instant: datetime) -> tuple[bool, Iterator[Any]]:
    """Whether the file dates its own versions, and its judged batches."""
    from copilot.sources.reading import read_batches

    chosen, batches = read_batches(file, table, mapping)
    if chosen is None:
        return True, iter(())
    return chosen.is_versioned, _gated(file, chosen, batches, instant)


def _gated(file: FoundFile, chosen: Any, batches: Iterator[Any], instant: datetime) -> Iterator[Any]:
    from copilot.sources.gate import Gate

    gate = Gate(chosen, instant)
    before = file.path.stat()
    for batch in batches:
        yield gate.judge(batch)
    after = file.path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ChangedWhileRead("the file changed while it was read: it will be read again")
