"""A source's files read again and counted: by plain readers of their own, so that landing is not checked by itself."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from config.settings import ROOT, load_yaml
from copilot.reconcile.tables import DATED_BY, MONEY
from copilot.sources.api.connector import Record
from copilot.sources.api.history import instant
from copilot.sources.canonical import Table
from copilot.sources.config import FileSource, TableMapping
from copilot.sources.figures import Dated, Figure, Sums
from copilot.sources.files import FoundFile, find_files


def home_currency() -> str:
    """What an amount without a currency is in."""
    return str(load_yaml(ROOT / "dbt" / "dbt_project.yml")["vars"]["home_currency"])


@dataclass(frozen=True)
class Columns:
    """Where a record has what it is counted by: its key, its day, its money. `mapping` says how a file calls them."""

    table: Table
    dated_by: str
    mapping: TableMapping

    def called(self, name: str) -> str:
        """The record's own name of a canonical column; empty where it has none."""
        return self.mapping.columns.get(name, "") if self.mapping.columns else name

    @property
    def needed(self) -> list[str]:
        """All that is read of a record."""
        money = [MONEY[self.table.name], "currency"] if self.table.name in MONEY else []
        names = [*self.table.key, self.dated_by, *money, "recorded_at"]
        return [called for name in names if (called := self.called(name))]

    def read(self, record: Record) -> Iterator[Dated]:
        """How the record is counted; nothing where its day cannot be read, for then nobody can say of which day it is.

        Its amount is empty where that cannot be read.
        """
        day = self._day(record.get(self.called(self.dated_by)))
        if day is None:
            return
        parts = [str(record.get(self.called(name)) or "") for name in self.table.key]
        key = "/".join(parts) if all(parts) else ""
        if self.table.name not in MONEY:
            yield Dated(key, day)
            return
        yield Dated(key, day, _amount(record.get(self.called(MONEY[self.table.name]))), self._currency(record))

    def _day(self, said: Any) -> date | None:
        pattern = self.mapping.formats.get(self.dated_by)
        try:
            if isinstance(said, datetime):
                return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC).date()
            if isinstance(said, date):
                return said
            found = datetime.strptime(said, pattern).replace(tzinfo=UTC) if pattern and said else instant(said)
        except (ValueError, TypeError):
            return None
        return found.astimezone(UTC).date() if found else None

    def _currency(self, record: Record) -> str:
        said = self.mapping.constants.get("currency") or record.get(self.called("currency"))
        return str(said or "").strip().upper() or home_currency()


@dataclass(frozen=True)
class Recount:
    """The files of one table."""

    columns: Columns
    files: Sequence[FoundFile]

    @property
    def read(self) -> Any:
        """How one of its records is counted."""
        return self.columns.read

    def figures(self, days: Sequence[date]) -> Mapping[date, Figure]:
        """What they hold of each day: of a record with several versions the newest. Raises what reading raises."""
        newest: dict[str, tuple[tuple[str, int], Dated]] = {}
        sums = Sums(days)
        recorded = self.columns.called("recorded_at")
        for number, record in self._records(days):
            for one in self.columns.read(record):
                # Of one moment the first row of a file stays, and a later file tells of later.
                told = (str(record.get(recorded) or ""), number)
                if not one.key:
                    sums.add(one)
                elif one.key in newest:
                    newest[one.key] = max(newest[one.key], (told, one), key=lambda known: known[0])
                elif one.day in days:
                    newest[one.key] = (told, one)
        for _, one in newest.values():
            sums.add(one)
        return sums.figures()

    def _records(self, days: Sequence[date]) -> Iterator[tuple[int, Record]]:
        """Each record with the number of its file."""
        for number, file in enumerate(self.files):
            if not _was_finished_before(file.path, min(days)):
                yield from ((number, record) for record in _READERS[file.format](file, self.columns, days))


def files_of(source: FileSource, sources_file: Path) -> Iterator[tuple[Table, Recount]]:
    """Every table of which there are files."""
    found = find_files(source, sources_file)
    for role in ("crm", "billing", "usage", "support"):
        for table in source.tables_for(role):
            if found[table.name]:
                columns = Columns(table, DATED_BY[table.name], source.mapping(table) or TableMapping())
                yield table, Recount(columns, found[table.name])


def _was_finished_before(path: Path, day: date) -> bool:
    """A file that was last written before a day began holds nothing of it: years of files cost a look each."""
    return path.stat().st_mtime < datetime.combine(day, time(), UTC).timestamp()


def _amount(said: Any) -> Decimal | None:
    try:
        found = Decimal(str(said)) if said is not None and said != "" else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _csv(file: FoundFile, columns: Columns, _: Sequence[date]) -> Iterator[Record]:
    encoding = "utf-8-sig" if columns.mapping.encoding.lower() in ("utf-8", "utf8") else columns.mapping.encoding
    with file.open() as opened, TextIOWrapper(opened, encoding, "backslashreplace", newline="") as text:
        rows = csv.reader((line.replace("\0", "") for line in text), delimiter=columns.mapping.delimiter)
        header = next(rows, [])
        wanted = [(name, header.index(name)) for name in columns.needed if name in header]
        width = len(header)
        for row in rows:
            if len(row) in (width, width + 1):
                yield {name: row[at] for name, at in wanted}


def _jsonl(file: FoundFile, _: Columns, __: Sequence[date]) -> Iterator[Record]:
    with file.open() as opened:
        for line in _lines(opened):
            try:
                record = json.loads(line)
            except ValueError:  # it lies in quarantine, and does not say of which day it is
                continue
            if isinstance(record, dict):
                yield record


def _lines(opened: Any) -> Iterable[bytes]:
    rest = b""
    while chunk := opened.read(1 << 20):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _parquet(file: FoundFile, columns: Columns, days: Sequence[date]) -> Iterator[Record]:
    import pyarrow as pa
    import pyarrow.dataset

    found = pyarrow.dataset.dataset(file.path, format="parquet")
    wanted = [name for name in columns.needed if name in found.schema.names]
    dated = columns.called(columns.dated_by)
    of_the_days = None
    if dated in wanted and pa.types.is_temporal(found.schema.field(dated).type) and columns.table.known_at is not None:
        first, last = min(days) - timedelta(days=1), max(days) + timedelta(days=2)
        type_ = found.schema.field(dated).type
        at = pyarrow.dataset.field(dated)
        of_the_days = (at >= _scalar(first, type_)) & (at < _scalar(last, type_))
    for batch in found.scanner(columns=wanted, filter=of_the_days, use_threads=False).to_batches():
        yield from batch.to_pylist()


def _scalar(day: date, type_: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_date(type_):
        return pa.scalar(day, type_)
    return pa.scalar(datetime.combine(day, time(), UTC if type_.tz else None), type_)


_READERS = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
