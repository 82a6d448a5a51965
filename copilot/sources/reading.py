"""Room 2: a file becomes batches of untyped columns under their canonical names, with true row numbers.

Row numbers count records as a spreadsheet shows them: the header of a CSV is row 1 (a quoted line break starts no new
row), the first line of JSONL and the first row of parquet are row 1. Blank lines are no records. Memory is bounded by
the batch, never by the file.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from copilot.sources.canonical import Table
from copilot.sources.config import TableMapping, did_you_mean
from copilot.sources.files import FoundFile, UnreadableFile

# How a source dates its rows. `versions`: each row says when it was recorded, and says it once and for all.
# `snapshot`: it says what holds now. `states`: it says what holds now and when that last changed.
Dating = Literal["versions", "snapshot", "states"]


@dataclass(frozen=True)
class Reject:
    """One record that is not landed: where it stands, why, and the record as it came."""

    row_number: int
    code: str
    reason: str
    record: str


@dataclass
class Batch:
    """Some records of a file: `columns` by canonical name (n values each), their numbers, and what could not be read.

    `others` are the columns that nobody asked for, under the file's names: shown with a rejected record, never landed.
    """

    columns: dict[str, pa.Array]
    row_numbers: pa.Array
    broken: list[Reject] = field(default_factory=list)
    others: dict[str, pa.Array] = field(default_factory=dict)


@dataclass(frozen=True)
class FilePlan:
    """What to read of a file: canonical column -> the file's column, and the table's rules."""

    table: Table
    mapping: TableMapping
    columns: Mapping[str, str]
    ignored: tuple[str, ...]

    @property
    def is_versioned(self) -> bool:
        """Whether the file itself says when each row was recorded; else it is a snapshot."""
        return "recorded_at" in self.columns or "recorded_at" in self.mapping.constants

    @property
    def dating(self) -> Dating:
        """How the file dates its rows."""
        return "versions" if self.is_versioned else "snapshot"


def plan(table: Table, mapping: TableMapping, header: list[str]) -> FilePlan:
    """Match the file's header with the mapping. Raises UnreadableFile naming the column that is not there."""
    wanted = dict(mapping.columns) or {c.name: c.name for c in table.all_columns if c.name in header}
    for canonical, column in wanted.items():
        if column not in header:
            raise UnreadableFile(
                f"{canonical} is mapped to column {column}, which is not in the file: {did_you_mean(column, header)}"
            )
        if header.count(column) > 1:
            raise UnreadableFile(f"column {column} occurs {header.count(column)} times in the header: name each once")
    given = {*wanted, *mapping.constants}
    for needed in table.must_have:
        if needed not in given:
            raise UnreadableFile(
                f"there is no column {needed}: {did_you_mean(needed, header)}; map it under `columns:`"
            )
    if table.one_of and not given & set(table.one_of):
        raise UnreadableFile(f"there is none of the columns {', '.join(table.one_of)}, one is needed")
    used = set(wanted.values())
    return FilePlan(table, mapping, wanted, tuple(column for column in header if column and column not in used))


Planner = Callable[[list[str]], FilePlan]


def read_batches(found: FoundFile, table: Table, mapping: TableMapping) -> tuple[FilePlan | None, Iterator[Batch]]:
    """The plan (None for a file without a byte) and the batches of one file. Raises UnreadableFile, also midway."""
    from copilot.sources import reading_csv, reading_jsonl, reading_parquet

    readers = {"csv": reading_csv.read, "jsonl": reading_jsonl.read, "parquet": reading_parquet.read}
    reader = readers[found.format]
    if found.path.stat().st_size == 0:
        return None, iter(())
    try:
        chosen, batches = reader(found, lambda header: plan(table, mapping, header), mapping)
    except (pa.ArrowException, OSError, UnicodeError, LookupError) as error:
        raise UnreadableFile(explain(error)) from error
    return chosen, _guarded(batches)


def _guarded(batches: Iterator[Batch]) -> Iterator[Batch]:
    try:
        yield from batches
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise UnreadableFile(explain(error)) from error


def explain(error: Exception) -> str:
    """A library's message about a file, with what to do."""
    said = str(error).splitlines()[0][:200]
    if "runcated" in said:
        return f"the compressed file ends too early ({said}): deliver it again"
    if isinstance(error, LookupError | UnicodeError):
        return f"the text cannot be decoded ({said}): set `encoding:` of the table"
    if "block boundaries" in said:
        return "one record is longer than 8 MiB, or a quotation mark is never closed: correct the file"
    return f"the file cannot be read ({said}): deliver it again"
