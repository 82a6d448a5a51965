"""Files that are equal, byte for byte, whenever they say the same; written only when they change, and all at once."""

import gzip
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from copilot.sandbox import days
from copilot.sandbox.chance import Array
from copilot.sandbox.world import Columns
from copilot.sources.canonical import BY_NAME, Column, Table

SUFFIX = {"crm": "csv.gz", "billing": "csv.gz", "support": "jsonl.gz", "usage": "parquet"}
_GZIP_LEVEL = 6


def canonical(table: Table, columns: Columns) -> pa.Table:
    """The columns of a canonical table, typed and in its order; columns that are not given are null."""
    size = len(columns["recorded_at"])
    arrays = [_typed(column, columns.get(column.name), size) for column in table.all_columns]
    return pa.table(arrays, names=[column.name for column in table.all_columns])


def ordered(name: str, rows: pa.Table) -> pa.Table:
    """The rows by time of recording, then key: one order for equal content."""
    keys = [("recorded_at", "ascending"), *((key, "ascending") for key in BY_NAME[name].key)]
    return rows.take(pc.sort_indices(rows, sort_keys=keys))


def midnight(day: int) -> pa.Scalar:
    """The instant at which a day begins."""
    return pa.scalar(day * days.DAY_SECONDS * 1_000_000, pa.timestamp("us", tz="UTC"))


def recorded_days(rows: pa.Table) -> Array:
    """The day (integer) on which each row was recorded."""
    return np.asarray(rows["recorded_at"].cast(pa.int64()).to_numpy() // 1_000_000 // days.DAY_SECONDS)


def _typed(column: Column, values: Array | None, size: int) -> pa.Array:
    kind = ARROW[column.type]
    if values is None:
        return pa.nulls(size, kind)
    if column.type == "date":
        return pa.array(values.astype("M8[D]"), kind, mask=values < 0)
    if column.type == "timestamptz":
        return pa.array(values * 1_000_000, pa.int64(), mask=values < 0).cast(kind)
    if column.type == "numeric":
        return pa.array(values.astype(np.float64), kind, from_pandas=True)
    return pa.array(values.tolist() if values.dtype == object else values, kind)


ARROW = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "numeric": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
}


def by_period(written: pa.Table, name_of: Callable[[int], str]) -> Iterator[tuple[str, pa.Table]]:
    """Cut a table that is sorted by recorded_at into runs of equal period name."""
    recorded = recorded_days(written)
    found, first = np.unique(recorded, return_index=True)
    names = [name_of(int(day)) for day in found]
    starts = [0] + [int(first[n]) for n in range(1, len(names)) if names[n] != names[n - 1]]
    for start, stop in zip(starts, [*starts[1:], len(written)], strict=True):
        if stop > start:
            yield name_of(int(recorded[start])), written.slice(start, stop - start)


def encode(written: pa.Table, suffix: str) -> bytes:
    """The bytes of one file. Raises KeyError for an unknown suffix."""
    return {"csv.gz": _csv, "jsonl.gz": _jsonl, "parquet": _parquet}[suffix](written)


def _csv(written: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(_as_text(written), buffer, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return gzip.compress(buffer.getvalue(), _GZIP_LEVEL, mtime=0)


def _jsonl(written: pa.Table) -> bytes:
    rows = _as_text(written).to_pylist()
    lines = (json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False) for row in rows)
    return gzip.compress(("\n".join(lines) + "\n").encode(), _GZIP_LEVEL, mtime=0)


def _parquet(written: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(written.combine_chunks(), buffer, compression="zstd")
    return buffer.getvalue()


def _as_text(written: pa.Table) -> pa.Table:
    """Times as ISO 8601 with Z, so that every reader of text agrees."""
    for position, field in enumerate(written.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(written[field.name].cast(pa.timestamp("s", tz="UTC")), "%Y-%m-%dT%H:%M:%SZ")
        elif pa.types.is_date(field.type):
            text = pc.strftime(written[field.name], "%Y-%m-%d")
        else:
            continue
        written = written.set_column(position, field.name, text)
    return written


def write_if_changed(path: Path, content: bytes) -> bool:
    """Put the bytes there at once (temporary file, then rename); leaves an equal file alone. True when written."""
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.write_bytes(content)
    temporary.replace(path)
    return True


def truth_table(columns: Columns) -> pa.Table:
    """A table of the truth: columns that end in `_on` are days."""
    frame: dict[str, Any] = {}
    for name, values in columns.items():
        is_day = name.endswith("_on")
        day = pa.array(values.astype("M8[D]"), pa.date32(), mask=values < 0) if is_day else None
        frame[name] = day if is_day else pa.array(values.tolist())
    return pa.table(frame)
