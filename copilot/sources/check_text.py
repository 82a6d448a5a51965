"""The dry run's report as lines of text."""

from collections.abc import Iterator

from copilot.sources.check import WITHOUT, Report, TableReport
from copilot.sources.sql.config import SqlSource


def lines(report: Report) -> Iterator[str]:
    """The whole report: every table, the tables that are missing, the faults between tables, the verdict."""
    for table in report.tables:
        yield from _table(table)
    for source in report.unread:
        what = "rows are pushed to it" if source.type == "files" else f"{source.type} is read when it is ingested"
        yield f"\n{source.name}: {what}, a dry run asks it nothing"
        if isinstance(source, SqlSource):
            yield f"  over the connection {source.connection}, in one snapshot that cannot be written"
            yield from (f"  {source.told(table)}" for table in source.tables)
    yield ""
    for name in report.absent_tables:
        yield f"no {name}: {WITHOUT[name]}"
    if report.faults:
        yield "\nFaults between tables (the rows land; what is built on them is only as good as they are):"
        yield from (f"  {fault}" for fault in report.faults)
    landed = sum(table.landed for table in report.tables)
    rejected = sum(table.rejected for table in report.tables)
    yield f"\n{landed:,} rows would land, {rejected:,} would be quarantined"
    yield from (f"not usable: {stopper}" for stopper in report.stoppers)
    if not report.stoppers:
        yield "usable"


def _table(table: TableReport) -> Iterator[str]:
    yield f"\n{table.source}.{table.table.name}: {table.received:,} rows in {table.files} file{'s'[: table.files != 1]}"
    yield f"  {table.landed:,} would land, {table.unchanged:,} are repetitions, {table.rejected:,} would be quarantined"
    for code, rejection in sorted(table.rejections.items()):
        more = ", …" if rejection.n > len(rejection.places) else ""
        yield f"  {rejection.n:,} {code}: {', '.join(rejection.places)}{more}: {rejection.example}"
    if not table.files:
        yield "  no file matches the path: a delivery without it counts as an outage"
    if table.dated_by:
        yield f"  dated by {table.dated_by}"
    if table.absent:
        yield f"  not given: {', '.join(sorted(table.absent))}"
    if table.ignored:
        yield f"  ignored, nothing is mapped to them: {', '.join(sorted(table.ignored))}"
    yield from (f"  cannot be read: {error}" for error in table.errors)
