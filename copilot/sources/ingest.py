"""Rooms 1 to 3 for one source, whatever its kind: read what is new, gate every record, land what is good."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from config.kill_point import kill_point
from config.run import Run
from config.settings import ConfigError
from copilot.sources.api.connection import Connection, from_environment
from copilot.sources.canonical import BY_NAME
from copilot.sources.config import ApiSource, FileSource, Source, did_you_mean, load_sources
from copilot.sources.files import ChangedWhileRead
from copilot.sources.sql.config import SqlSource
from copilot.sources.tally import Tally


def sources_for(role: str, run: Run) -> list[str]:
    """The names of the sources that give a table of that role, in the order of the file."""
    return [source.name for source in load_sources(run.sources).sources if source.tables_for(role)]


def ingest(
    source: str, role: str, run: Run, connection: Callable[[str], Connection] = from_environment
) -> dict[str, Any]:
    """Take in what one source has for a role since it was last read, and write the day's ops.source_state.

    Counts are of what was read now: a file whose content is known is only counted under `skipped`. What cannot be read
    is named under `problems`, and the rest goes on. Safe to repeat and to run twice at once.
    Raises ChangedWhileRead at the end when a file was still being written, and SourceSlow when a vendor was: those are
    what another try can mend.
    """
    from copilot.sources.api.ingest import take_in_streams
    from copilot.sources.ingest_files import take_in_files
    from copilot.sources.sql.ingest import take_in_tables
    from copilot.warehouse.landing import bulk_connection, prepare_source
    from copilot.warehouse.landing_state import record_states

    given, tally = _source(source, run), Tally()
    with bulk_connection(run.database) as cursor:
        prepare_source(cursor, source)
        if isinstance(given, ApiSource):
            deliveries = take_in_streams(cursor, given, role, connection(given.connection), tally)
        elif isinstance(given, SqlSource):
            deliveries = take_in_tables(cursor, given, role, connection(given.connection), tally)
        else:
            deliveries = take_in_files(cursor, given, role, run.sources, tally)
    kill_point("state.before_recording")
    problems = record_states(run.database, run.as_of, source, deliveries)
    counts = asdict(tally)
    if counts.pop("changing"):
        raise ChangedWhileRead("; ".join(problems))
    return {**counts, "problems": problems}


def ingest_pushed(source: str, run: Run, connection: Callable[[str], Connection] = from_environment) -> dict[str, Any]:
    """Land what was pushed to a source since, and read nothing else of it; counts and problems as `ingest`.

    What the source looked like on a day (ops.source_state) is told by its whole reading only.
    """
    from copilot.sources.api.ingest import take_in_pushed
    from copilot.sources.ingest_pushed import take_in_rows
    from copilot.warehouse.landing import bulk_connection, prepare_source

    given, tally = _source(source, run), Tally()
    failed: list[str] = []
    with bulk_connection(run.database) as cursor:
        prepare_source(cursor, source)
        if isinstance(given, ApiSource):
            deliveries = take_in_pushed(cursor, given, connection(given.connection), tally)
            failed = [f"{source}.{one.table}: {error}" for one in deliveries for error in one.errors]
        elif isinstance(given, FileSource):
            for table in given.given:
                take_in_rows(cursor, given, BY_NAME[table], tally)
    return {**asdict(tally), "problems": failed}


def _source(name: str, run: Run) -> Source:
    sources = {source.name: source for source in load_sources(run.sources).sources}
    if name not in sources:
        raise ConfigError(f"{run.sources}: there is no source {name}: {did_you_mean(name, list(sources))}")
    return sources[name]
