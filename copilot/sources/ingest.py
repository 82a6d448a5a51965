"""Rooms 1 to 3 for one source, whatever its kind: read what is new, gate every record, land what is good."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from config.kill_point import kill_point
from config.run import Run
from config.settings import ConfigError
from copilot.sources.api.connection import Connection, from_environment
from copilot.sources.config import ApiSource, Source, did_you_mean, load_sources
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


def _source(name: str, run: Run) -> Source:
    sources = {source.name: source for source in load_sources(run.sources).sources}
    if name not in sources:
        raise ConfigError(f"{run.sources}: there is no source {name}: {did_you_mean(name, list(sources))}")
    return sources[name]
