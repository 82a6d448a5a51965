"""Every record is judged here: it is good, typed and ready to land, or it is rejected with one reason. None is lost."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copilot.sources import values
from copilot.sources.canonical import Column
from copilot.sources.config import did_you_mean
from copilot.sources.reading import Batch, FilePlan, Reject
from copilot.sources.values import Array, Faults

EXCERPT_CHARACTERS = 60
_WORDS = {
    "not_utf8": "{column} holds bytes that are not UTF-8: set `encoding:` of the table (latin-1?) or correct the file",
    "nul_byte": "{column} holds a NUL byte",
    "too_long": "{column} is too long",
    "unknown_value": "{column} is {excerpt}: {hint}; map it under `values:`",
    "not_boolean": "{column} is {excerpt}, not true or false",
    "not_a_number": "{column} is {excerpt}, not a number",
    "not_a_date": "{column} is {excerpt}, not a date or time in the form of `formats:` (none given: ISO 8601)",
    "out_of_range": "{column} is {excerpt}, out of range",
    "missing_key": "{column} is empty, and it is part of the key",
    "missing_value": "{column} is empty, and it is needed",
}


@dataclass(frozen=True)
class Judged:
    """What became of a batch: `good` has typed columns, recorded_at and _row_number; received = good + rejected."""

    good: pa.Table
    rejected: list[Reject]

    @property
    def received(self) -> int:
        """How many records the batch had."""
        return int(self.good.num_rows) + len(self.rejected)


class Gate:
    """Judges the batches of one file. `instant` is when we learn what the file does not date itself."""

    def __init__(self, chosen: FilePlan, instant: datetime) -> None:
        self.plan = chosen
        self.instant = instant

    def judge(self, batch: Batch) -> Judged:
        """Split one batch into typed good rows and rejected records."""
        n = len(batch.row_numbers)
        verdict = _Verdict(values.no_faults(n), np.full(n, "", dtype=object))
        typed = {c.name: self._typed(c, batch, verdict) for c in self._given_columns()}
        self._check_presence(typed, verdict)
        if not self.plan.is_versioned:
            typed["recorded_at"] = self._learned_at(typed, n)
        good = pa.table({**typed, "_row_number": batch.row_numbers})
        if not verdict.bad.any():
            return Judged(good, list(batch.broken))
        rejected = [self._reject(batch, int(at), verdict) for at in np.flatnonzero(verdict.bad)]
        return Judged(good.filter(pa.array(~verdict.bad)), [*batch.broken, *rejected])

    def _given_columns(self) -> list[Column]:
        given = {**self.plan.columns, **self.plan.mapping.constants}
        return [column for column in self.plan.table.all_columns if column.name in given]

    def _typed(self, column: Column, batch: Batch, verdict: "_Verdict") -> Array:
        raw = batch.columns.get(column.name)
        if raw is None:
            raw = pa.repeat(self.plan.mapping.constants[column.name], len(batch.row_numbers))
        if not _is_native(raw, column):
            raw, faults = values.as_text(raw)
            verdict.note(column.name, faults)
            raw = _renamed(raw, self.plan.mapping.values.get(column.name))
        typed, faults = self._reader(column)(raw)
        verdict.note(column.name, faults)
        if column.minimum is not None or column.maximum is not None:
            verdict.note_where(column.name, values.outside(typed, column), "out_of_range")
        return typed

    def _reader(self, column: Column) -> Callable[[Array], tuple[Array, Faults]]:
        pattern = self.plan.mapping.formats.get(column.name)
        limit = values.MAX_KEY_BYTES if column.name in self.plan.table.key else values.MAX_TEXT_BYTES
        readers: dict[str, Callable[[Array], tuple[Array, Faults]]] = {
            "text": lambda raw: values.read_text(raw, column, limit),
            "boolean": values.read_boolean,
            "bigint": values.read_bigint,
            "numeric": values.read_numeric,
            "date": lambda raw: values.read_date(raw, pattern),
            "timestamptz": lambda raw: values.read_instant(raw, pattern),
        }
        return readers[column.type]

    def _check_presence(self, typed: dict[str, Array], verdict: "_Verdict") -> None:
        table = self.plan.table
        needed = (*table.must_have, *(("recorded_at",) if self.plan.is_versioned else ()))
        for name in needed:
            if typed[name].null_count:
                code = "missing_key" if name in table.key else "missing_value"
                verdict.note_where(name, values.flags(typed[name].is_null()), code)
        choices = [values.flags(typed[name].is_valid()) for name in table.one_of if name in typed]
        if choices:
            verdict.note_where(" or ".join(table.one_of), ~np.any(choices, axis=0), "missing_value")

    def _learned_at(self, typed: dict[str, Array], n: int) -> Array:
        """Known at the row's own date when it has one, else now."""
        now = pa.scalar(self.instant, values.INSTANT)
        dated = typed.get(self.plan.table.known_at or "")
        if dated is None:
            return pa.repeat(now, n)
        return pc.coalesce(
            dated.cast(pa.timestamp("us")).cast(values.INSTANT) if dated.type == pa.date32() else dated, now
        )

    def _reject(self, batch: Batch, at: int, verdict: "_Verdict") -> Reject:
        name, code = str(verdict.columns[at]), str(verdict.codes[at])
        column = next((c for c in self._given_columns() if c.name == name), None)
        raw = batch.columns.get(name)
        value = "" if raw is None else (_cell(raw, at) or "")
        shown = "a value that is not shown" if column is None or column.pii else repr(value[:EXCERPT_CHARACTERS])
        hint = did_you_mean(value, list(column.choices)) if column and column.choices else ""
        reason = _WORDS[code].format(column=name, excerpt=shown, hint=hint)
        cells = {self.plan.columns[key]: _cell(array, at) for key, array in batch.columns.items()}
        cells |= {key: _cell(array, at) for key, array in batch.others.items()}
        record = json.dumps(cells)
        return Reject(batch.row_numbers[at].as_py(), code, reason, record)


@dataclass
class _Verdict:
    """The first fault of every row: its code ("" for none) and the column that has it."""

    codes: Faults
    columns: Any

    @property
    def bad(self) -> Any:
        return self.codes != ""

    def note(self, column: str, faults: Faults) -> None:
        new = (faults != "") & (self.codes == "")
        if new.any():
            self.codes[new] = faults[new]
            self.columns[new] = column

    def note_where(self, column: str, condition: Any, code: str) -> None:
        new = condition & (self.codes == "")
        self.codes[new] = code
        self.columns[new] = column


def _is_native(raw: Array, column: Column) -> bool:
    """Whether the file's own type can be kept; text columns and mapped values always go through text."""
    kind = raw.type
    if column.type in ("date", "timestamptz"):
        return bool(pa.types.is_temporal(kind))
    return column.type in ("bigint", "numeric") and bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _renamed(text: Array, renames: dict[str, str] | None) -> Array:
    """Raw values replaced as the mapping says; others stay."""
    if not renames:
        return text
    places = pc.index_in(text, pa.array(list(renames), pa.string()))
    return pc.coalesce(pc.take(pa.array(list(renames.values()), pa.string()), places), text)


def _cell(array: Array, at: int) -> str | None:
    """One value as text, whatever bytes it holds."""
    cell = array[at]
    if not cell.is_valid:
        return None
    if isinstance(cell, pa.StringScalar | pa.BinaryScalar | pa.LargeStringScalar | pa.LargeBinaryScalar):
        return str(cell.as_buffer().to_pybytes(), "utf-8", errors="backslashreplace")
    return str(cell.as_py())
