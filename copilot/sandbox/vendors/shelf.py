"""What the company's systems hold at an instant, out of the files that the sandbox wrote."""

import gzip
import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet

from copilot.sandbox.files import ARROW, SUFFIX
from copilot.sources.canonical import BY_NAME, Table

Version = Mapping[str, Any]


@dataclass(frozen=True)
class Held:
    """One record with every version that there was by an instant, oldest first."""

    versions: Sequence[Version]

    @property
    def now(self) -> Version:
        """What holds."""
        return self.versions[-1]

    @property
    def changed_at(self) -> datetime:
        """When that was recorded."""
        return self.now["recorded_at"]  # type: ignore[no-any-return]

    @property
    def created_at(self) -> datetime:
        """When the first version was recorded."""
        return self.versions[0]["recorded_at"]  # type: ignore[no-any-return]

    @property
    def first(self) -> "Held":
        """The record as it was entered."""
        return Held(self.versions[:1])

    def by(self, instant: datetime) -> "Held | None":
        """The record as it was then; None if it was not there yet."""
        known = bisect_right(self.versions, instant, key=lambda version: version["recorded_at"])
        return Held(self.versions[:known]) if known else None


class Shelf:
    """The records of one canonical table, by key."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.table = BY_NAME[name]

    @cached_property
    def records(self) -> Mapping[str, Held]:
        """Every record of the table with all its versions, by the text of its key."""
        found: dict[str, list[Version]] = {}
        for row in _rows(self.directory / self.table.role, self.table):
            found.setdefault("/".join(str(row[name]) for name in self.table.key), []).append(row)
        return {key: Held(sorted(rows, key=lambda row: row["recorded_at"])) for key, rows in found.items()}

    def changed(self, after: datetime | None, until: datetime) -> list[tuple[str, Held]]:
        """What changed after one instant and until another, as it is then; by time of change, then key."""
        states = ((key, held.by(until)) for key, held in self.records.items())
        found = [(key, held) for key, held in states if held and (after is None or held.changed_at > after)]
        return sorted(found, key=lambda one: (one[1].changed_at, one[0]))


def _rows(directory: Path, table: Table) -> Iterator[Version]:
    suffix = SUFFIX[table.role]
    for path in sorted(directory.glob(f"{table.name}_[0-9]*.{suffix}")):
        yield from _READERS[suffix](path, table)


def _csv(path: Path, table: Table) -> Iterator[Version]:
    types = {column.name: ARROW[column.type] for column in table.all_columns}
    options = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    return iter(pyarrow.csv.read_csv(path, convert_options=options).to_pylist())


def _jsonl(path: Path, table: Table) -> Iterator[Version]:
    names = [column.name for column in table.all_columns]
    dated = [column.name for column in table.all_columns if column.type == "timestamptz"]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield {name: row.get(name) for name in names} | {
                name: datetime.fromisoformat(row[name]) for name in dated if row.get(name)
            }


def _parquet(path: Path, _: Table) -> Iterator[Version]:
    return iter(pyarrow.parquet.read_table(path).to_pylist())


_READERS = {"csv.gz": _csv, "jsonl.gz": _jsonl, "parquet": _parquet}
