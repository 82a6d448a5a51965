"""JSON lines: Arrow's parser for whole blocks; a block with anything unusual in it is read line by line."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.json

from copilot.sources.canonical import ColumnType
from copilot.sources.config import TableMapping
from copilot.sources.files import FoundFile
from copilot.sources.reading import Batch, FilePlan, Planner, Reject
from copilot.sources.values import DECIMAL

BLOCK_BYTES = 4 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "date": pa.string(),
    "timestamptz": pa.string(),
    "bigint": DECIMAL,
    "numeric": DECIMAL,
    "boolean": pa.bool_(),
}


def read(found: FoundFile, planner: Planner, mapping: TableMapping) -> tuple[FilePlan | None, Iterator[Batch]]:
    """The plan and the batches of one JSONL file. The columns are the fields of the records of the first block."""
    blocks = _blocks(found, mapping.encoding)
    first = next((block for block in blocks if block.strip()), None)
    if first is None:
        return None, iter(())
    fields: dict[str, None] = {}
    for record in map(_loads_or_none, first.splitlines()):
        fields.update(dict.fromkeys(record or ()))
    chosen = planner(list(fields))
    return chosen, _batches(found, chosen)


def _blocks(found: FoundFile, encoding: str) -> Iterator[bytes]:
    """The content in blocks of whole lines, as UTF-8."""
    utf8 = encoding.lower().replace("-", "") in ("utf8", "utf8sig")
    with found.open() as opened:
        rest = opened.read(len(_BYTE_ORDER_MARK)).removeprefix(_BYTE_ORDER_MARK)
        while chunk := opened.read(BLOCK_BYTES):
            head, newline, tail = (rest + chunk).rpartition(b"\n")
            if newline:
                yield head + newline if utf8 else (head + newline).decode(encoding).encode()
            rest = tail
        if rest:
            yield rest if utf8 else rest.decode(encoding).encode()


def _batches(found: FoundFile, chosen: FilePlan) -> Iterator[Batch]:
    following = 1
    for block in _blocks(found, chosen.mapping.encoding):
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        yield _parsed(block, lines, chosen, following) or _line_by_line(block, chosen, following)
        following += lines


def _parsed(block: bytes, lines: int, chosen: FilePlan, following: int) -> Batch | None:
    """The whole block at once; None when a value, a line or a blank line needs a closer look."""
    types = {name: _ARROW_TYPES[chosen.table.column(name).type] for name in chosen.columns}
    schema = pa.schema([(column, types[name]) for name, column in chosen.columns.items()])
    try:
        table = pyarrow.json.read_json(
            pa.BufferReader(block),
            pyarrow.json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowException, UnicodeError):
        return None
    if table.num_rows != lines:
        return None
    columns = {name: table[column].combine_chunks() for name, column in chosen.columns.items()}
    return Batch(columns, pa.array(np.arange(following, following + lines), pa.int64()))


def _line_by_line(block: bytes, chosen: FilePlan, following: int) -> Batch:
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    broken: list[Reject] = []
    for number, line in enumerate(block.split(b"\n"), start=following):
        if not line.strip():
            continue
        try:
            record = _loads(line)
            rows.append([_as_text(record.get(column)) for column in chosen.columns.values()])
            numbers.append(number)
        except (ValueError, RecursionError) as error:
            text = line.decode("utf-8", errors="backslashreplace").replace("\0", "\\u0000")
            broken.append(Reject(number, "malformed_json", f"not a JSON record: {str(error)[:150]}", text))
    columns = {name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(chosen.columns)}
    return Batch(columns, pa.array(numbers, pa.int64()), broken)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _loads(line: bytes) -> dict[str, Any]:
    """One record; numbers stay text, so that none is rounded or overflows."""
    record = json.loads(line, parse_constant=_refuse, parse_float=str, parse_int=str)
    if not isinstance(record, dict):
        raise ValueError("the line is not an object {…}")  # noqa: TRY004 - a fault of the file, not of the code
    return record


def _loads_or_none(line: bytes) -> dict[str, Any] | None:
    try:
        return _loads(line)
    except (ValueError, RecursionError):
        return None


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds half a surrogate pair, which is no character") from None
    return text
