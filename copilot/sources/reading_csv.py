"""CSV files: Arrow's streaming parser, told to hand us what does not fit instead of stopping."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from copilot.sources.config import TableMapping
from copilot.sources.files import FoundFile
from copilot.sources.reading import Batch, FilePlan, Planner, Reject

# A record longer than a block cannot be read; 8 MiB holds any sane one and keeps memory small.
BLOCK_BYTES = 8 << 20
HEAD_BYTES = 1 << 20
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read(found: FoundFile, planner: Planner, mapping: TableMapping) -> tuple[FilePlan | None, Iterator[Batch]]:
    """The plan and the batches of one CSV file."""
    with found.open() as opened:
        head = opened.read(HEAD_BYTES)
    if not head.strip():
        return None, iter(())
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), mapping.encoding)
    header = _header(head, encoding, mapping.delimiter)
    chosen = planner(header)
    return chosen, _batches(found, chosen, header, encoding)


def _header(head: bytes, encoding: str, delimiter: str) -> list[str]:
    """The column names. When rows end with one delimiter more than the header, a nameless column takes it up."""
    text = head.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding, errors="replace")
    rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    header = next(rows)
    try:
        first = next(rows, header)
    except csv.Error:  # a field too long for this parser: Arrow will judge the row
        first = header
    if len(first) == len(header) + 1 and first[-1] == "":
        header.append("")
    return header


def _batches(found: FoundFile, chosen: FilePlan, header: list[str], encoding: str) -> Iterator[Batch]:
    ragged: list[Any] = []

    def keep(row: Any) -> str:
        ragged.append(row)
        return "skip"

    # Places instead of names: a name may occur twice among the columns that nobody asked for.
    places = [str(at) for at in range(len(header))]
    parsing = pyarrow.csv.ParseOptions(
        delimiter=chosen.mapping.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
    )
    with found.open() as opened:
        reader = pyarrow.csv.open_csv(opened, _reading(places, encoding), parsing, _as_bytes(places))
        yield from _numbered(reader, chosen, header, ragged)


def _reading(places: list[str], encoding: str) -> Any:
    """One thread, because only then does the parser number the rows that it skips."""
    return pyarrow.csv.ReadOptions(
        use_threads=False, block_size=BLOCK_BYTES, column_names=places, skip_rows_after_names=1, encoding=encoding
    )


def _as_bytes(places: list[str]) -> Any:
    """Bytes, not text: one invalid letter must cost a row, not the file."""
    types = dict.fromkeys(places, pa.binary())
    return pyarrow.csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)


def _numbered(reader: Any, chosen: FilePlan, header: list[str], ragged: list[Any]) -> Iterator[Batch]:
    """Give every row its number: those that the parser skipped took theirs with them."""
    following = 2
    for table in reader:
        skipped = np.array([row.number for row in ragged], dtype=np.int64)
        candidates = np.arange(following, following + table.num_rows + len(skipped))
        numbers = candidates[~np.isin(candidates, skipped)][: table.num_rows]
        following = int(numbers[-1]) + 1 if len(numbers) else following
        done = [row for row in ragged if row.number < following]
        ragged[:] = [row for row in ragged if row.number >= following]
        yield _batch(_without_blank_rows(table, numbers), chosen, header, [_as_reject(row) for row in done])
    if ragged:
        empty = pa.RecordBatch.from_pylist([], pa.schema([(str(at), pa.binary()) for at in range(len(header))]))
        yield _batch((empty, np.array([], dtype=np.int64)), chosen, header, [_as_reject(row) for row in ragged])


def _without_blank_rows(batch: pa.RecordBatch, numbers: Any) -> tuple[pa.RecordBatch, Any]:
    """Drop the rows in which every column is empty: blank lines, which are no records."""
    if not all(values.null_count for values in batch.columns):
        return batch, numbers
    filled = np.any([values.is_valid().to_numpy(zero_copy_only=False) for values in batch.columns], axis=0)
    return batch.filter(pa.array(filled)), numbers[filled]


def _batch(rows: tuple[pa.RecordBatch, Any], chosen: FilePlan, header: list[str], broken: list[Reject]) -> Batch:
    columns, numbers = rows
    mapped = {canonical: columns.column(header.index(column)) for canonical, column in chosen.columns.items()}
    used = {header.index(column) for column in chosen.columns.values()}
    others = {column: columns.column(at) for at, column in enumerate(header) if at not in used}
    return Batch(mapped, pa.array(numbers, pa.int64()), broken, others)


def _as_reject(row: Any) -> Reject:
    reason = f"the row has {row.actual_columns} fields, the header {row.expected_columns}"
    return Reject(row.number, "ragged_row", reason, row.text.replace("\0", "\\u0000"))
