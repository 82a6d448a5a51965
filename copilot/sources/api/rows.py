"""From a vendor's records to batches of canonical rows, in the shape in which a file's rows reach the gate."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa

from copilot.sources.api.connector import Gives, Record, Row
from copilot.sources.api.drift import DEFAULT, DriftedRecord, adapted, with_known_values
from copilot.sources.api.faults import MALFORMED
from copilot.sources.canonical import BY_NAME
from copilot.sources.config import DriftWord, TableMapping
from copilot.sources.reading import Batch, FilePlan, Reject

RECORDS_A_BATCH = 5_000
Texts = dict[str, str | None]


def plan(gives: Gives) -> FilePlan:
    """All columns of the canonical table under their own names; what a vendor cannot know is null."""
    table = BY_NAME[gives.table]
    return FilePlan(table, TableMapping(), {column.name: column.name for column in table.all_columns}, ())


def batches(gives: Gives, records: Iterable[Record], word: DriftWord = DEFAULT) -> Iterator[Batch]:
    """The rows that the records give, numbered through; a record that cannot be understood is rejected whole.

    `word` is what is done with a record that has not the form for which the connector was written.
    """
    following = 1
    left = iter(records)

    def read(record: Record) -> list[Texts]:
        rows = gives.rows(adapted(record, gives.fields(record), word))
        return [_texts(with_known_values(row, gives, word)) for row in rows]

    while chosen := list(islice(left, RECORDS_A_BATCH)):
        batch = _batch(gives, read, chosen, following)
        following += len(batch.row_numbers) + len(batch.broken)
        yield batch


def _batch(gives: Gives, read: Callable[[Record], list[Texts]], records: Iterable[Record], following: int) -> Batch:
    rows: list[Texts] = []
    numbers: list[int] = []
    broken: list[Reject] = []
    for record in records:
        number = following + len(rows) + len(broken)
        try:
            told = read(record)
        except DriftedRecord as drift:
            broken.append(Reject(number, "schema_drift", f"the record has another form: {drift}", json.dumps(record)))
            continue
        except MALFORMED as error:
            broken.append(Reject(number, "malformed_record", _reason(error), json.dumps(record)))
            continue
        numbers.extend(range(number, number + len(told)))
        rows.extend(told)
    names = [column.name for column in BY_NAME[gives.table].all_columns]
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return Batch(columns, pa.array(numbers, pa.int64()), broken)


def _reason(error: Exception) -> str:
    """Which field, never what stood in it."""
    field = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else f"{type(error).__name__} in a field"
    return f"the record has not the form that the vendor documents: {field}"


def _texts(row: Row) -> Texts:
    """The values as text, as a file would hold them. Raises ValueError for half a surrogate pair."""
    texts = {name: _as_text(value) for name, value in row.items()}
    for text in texts.values():
        if text is not None:
            text.encode()
    return texts


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)
