"""What each source says that it has, table by table: a vendor is asked, a file is read again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from config.run import Run
from config.settings import ConfigError
from copilot.reconcile.recount import Columns, files_of
from copilot.reconcile.tables import DATED_BY
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Measure, Record
from copilot.sources.api.faults import MALFORMED, SourceFault
from copilot.sources.canonical import BY_NAME, Table
from copilot.sources.config import ApiSource, FileSource, Source, TableMapping
from copilot.sources.figures import Dated, Figure
from copilot.sources.files import UnreadableFile

# A vendor that is slow at counting must not keep the room for an hour, as it may for its records.
LONGEST_MINUTES = 15.0


@dataclass(frozen=True)
class Said:
    """What a source says of a table: a figure a day, or why it was not asked. `read` dates its rejected records."""

    table: Table
    dated_by: str
    read: Callable[[Record], Iterator[Dated]]
    figures: Mapping[date, Figure] = field(default_factory=dict)
    why_not: str = ""
    settles: timedelta = timedelta(0)


def said_by(source: Source, run: Run, days: Sequence[date], connection: Callable[[str], Connection]) -> Iterator[Said]:
    """Everything that the source can be asked. A vendor or file that does not answer says why, and is no loss."""
    if isinstance(source, ApiSource):
        yield from _said_by_vendor(source, days, connection)
    else:
        yield from _said_by_files(source, run, days)


def _said_by_vendor(source: ApiSource, days: Sequence[date], connection: Callable[[str], Connection]) -> Iterator[Said]:
    from copilot.sources.api.client import client_of
    from copilot.sources.api.session import Deadline, Patience
    from copilot.sources.connectors import CONNECTORS

    connector = CONNECTORS[source.type]
    measures = [one for one in connector.measure(source.options) if one.table in source.given]
    seconds = min(source.deadline_minutes, LONGEST_MINUTES) * 60
    try:
        client = client_of(connector, connection(source.connection), Deadline(Patience(total_seconds=seconds)))
    except (ConfigError, SourceFault) as error:
        yield from (_said(measure, {}, str(error)) for measure in measures)
        return
    for measure in measures:
        try:
            yield _said(measure, measure.ask(client, days), "")
        except SourceFault as error:
            yield _said(measure, {}, str(error))
        except MALFORMED as error:
            yield _said(measure, {}, f"a record has not the form that the vendor documents ({type(error).__name__})")


def _said(measure: Measure, figures: Mapping[date, Figure], why_not: str) -> Said:
    table = BY_NAME[measure.table]

    columns = Columns(table, measure.dated_by, TableMapping())

    def read(record: Record) -> Iterator[Dated]:
        """What the gate rejected has our columns, what could not be read is as the vendor gave it."""
        yield from (columns.read if measure.dated_by in record else measure.read)(record)

    return Said(table, measure.dated_by, read, figures, why_not, measure.settles)


def _said_by_files(source: FileSource, run: Run, days: Sequence[date]) -> Iterator[Said]:
    for table, recount in files_of(source, run.sources):
        figures: Mapping[date, Figure] = {}
        why_not = ""
        try:
            figures = recount.figures(days)
        except (UnreadableFile, OSError, ValueError, LookupError) as error:
            why_not = f"the files cannot be read again: {_first_line(error)}"
        yield Said(table, DATED_BY[table.name], recount.read, figures, why_not)


def _first_line(error: Any) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
