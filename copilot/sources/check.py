"""`copilot sources check`: what would land and what would be quarantined and why. A dry run that needs no database.

Row values live only in memory; of a rejected record the report shows its place, reason and at most a short excerpt that
is no personal data. Keys and dates of every good row are held, for duplicates and the faults between tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from copilot import clock
from copilot.sources.canonical import BY_NAME, Table
from copilot.sources.config import FileSource, Source, TableMapping, load_sources
from copilot.sources.crosscheck import Fault, checked_columns, cross_faults, find_duplicates
from copilot.sources.files import FoundFile, UnreadableFile, find_files
from copilot.sources.gate import Gate
from copilot.sources.reading import read_batches

SHOWN_ROWS = 3
# What the product cannot say without a table. accounts and one of subscriptions and invoices are needed for anything.
WITHOUT = {
    "accounts": "nothing can be built",
    "contacts": "no champion signal",
    "users": "no digest: there is nobody to send it to",
    "opportunities": "no expansion pipeline",
    "interactions": "no touch history",
    "sentiments": "no CSM's own view beside the health score",
    "milestones": "no onboarding milestones",
    "customers": "rows of other systems are matched by the CRM's account id alone",
    "subscriptions": "no recurring revenue, renewal dates or churn labels, unless invoices are given",
    "invoices": "no overdue signal",
    "payments": "no failed-payment signal",
    "churn_events": "departures come from subscriptions alone",
    "usage_events": "no usage signal, unless usage_daily is given",
    "usage_daily": "no totals for sources without events",
    "tickets": "no support signal",
    "surveys": "no NPS",
}


@dataclass
class Rejection:
    """All records of one table that are quarantined for one reason code."""

    n: int = 0
    places: list[str] = field(default_factory=list)
    example: str = ""

    def add(self, place: str, reason: str) -> None:
        """Count one record; remember the first few places and the first reason."""
        self.n += 1
        self.example = self.example or reason
        if len(self.places) < SHOWN_ROWS:
            self.places.append(place)


@dataclass
class TableReport:
    """What one table of one source would bring. received = landed + unchanged + rejected."""

    source: str
    table: Table
    files: int = 0
    received: int = 0
    unchanged: int = 0
    rejections: dict[str, Rejection] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    dated_by: str = ""

    @property
    def rejected(self) -> int:
        """Records that would be quarantined."""
        return sum(rejection.n for rejection in self.rejections.values())

    @property
    def landed(self) -> int:
        """Records that would land."""
        return self.received - self.unchanged - self.rejected


@dataclass(frozen=True)
class Report:
    """The whole dry run. `unread` are vendors, databases and what is only pushed: their tables are taken to come."""

    tables: list[TableReport]
    faults: list[Fault]
    unread: list[Source]

    @property
    def absent_tables(self) -> list[str]:
        """Canonical tables of which nothing would land."""
        landed = {report.table.name for report in self.tables if report.landed}
        landed |= {name for source in self.unread for name in source.given}
        return [name for name in BY_NAME if name not in landed]

    @property
    def stoppers(self) -> list[str]:
        """Why the sources cannot be used; empty when they can."""
        absent = set(self.absent_tables)
        found = [f"{r.source}.{r.table.name}: {error}" for r in self.tables for error in r.errors]
        if "accounts" in absent:
            found.append("no accounts would land: nothing can be built without them")
        if {"subscriptions", "invoices"} <= absent:
            found.append("neither subscriptions nor invoices would land: one of them is needed")
        return found


def check(path: Path) -> Report:
    """Read every file of a sources file through the gate. Raises ConfigError when the file itself is wrong."""
    reports: list[TableReport] = []
    seen: dict[str, list[Any]] = {}
    unread: list[Source] = []
    for source in load_sources(path).sources:
        if not isinstance(source, FileSource) or not source.path:
            unread.append(source)
            continue
        found = find_files(source, path)
        for table in BY_NAME.values():
            mapping = source.mapping(table)
            if mapping is None or not (found[table.name] or table.name in source.tables):
                continue
            report, frames = _check_table(source, table, mapping, found[table.name])
            reports.append(report)
            seen.setdefault(table.name, []).extend(frames)
    return Report(reports, cross_faults(seen), unread)


def _check_table(
    source: FileSource, table: Table, mapping: TableMapping, files: list[FoundFile]
) -> tuple[TableReport, list[Any]]:
    report = TableReport(source.name, table, files=len(files))
    frames: list[Any] = []
    for file in files:
        try:
            frames += list(_check_file(report, file, mapping))
        except (UnreadableFile, OSError) as error:
            report.errors.append(f"{file.name}: {error}")
    for duplicate in find_duplicates(frames, table):
        if duplicate.is_equal:
            report.unchanged += 1
        else:
            reason = f"has the same key as {duplicate.other}, other content"
            report.rejections.setdefault(duplicate.code, Rejection()).add(duplicate.place, reason)
    return report, frames


def _check_file(report: TableReport, file: FoundFile, mapping: TableMapping) -> Iterator[Any]:
    """The keys and dates of the good rows, batch by batch; the rejected ones are counted in the report."""
    import pandas as pd

    chosen, batches = read_batches(file, report.table, mapping)
    if chosen is None:
        return
    report.ignored.update(chosen.ignored)
    given = {*chosen.columns, *mapping.constants}
    report.absent.update(c.name for c in report.table.columns if c.name not in given)
    report.dated_by = _dated_by(report.table, given)
    gate = Gate(chosen, clock.now())
    for batch in batches:
        judged = gate.judge(batch)
        report.received += judged.received
        for reject in judged.rejected:
            report.rejections.setdefault(reject.code, Rejection()).add(
                f"row {reject.row_number} of {file.name}", reject.reason
            )
        frame = judged.good.to_pandas(strings_to_categorical=False)
        content = frame.drop(columns=["_row_number", "recorded_at"])
        kept = frame[[c for c in frame.columns if c in checked_columns(report.table)]].copy()
        kept["_content"] = pd.util.hash_pandas_object(content.astype(str), index=False).to_numpy()
        yield kept.assign(_row=frame["_row_number"], _file=file.name, _is_versioned=chosen.is_versioned)


def _dated_by(table: Table, given: set[str]) -> str:
    if "recorded_at" in given:
        return "recorded_at"
    if table.known_at in given:
        return f"{table.known_at} (no recorded_at: a row is known from its own date, a change from when we see it)"
    return "the moment of landing (no recorded_at, no date of its own: past days will not see these rows)"
