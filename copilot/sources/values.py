"""From text to typed values, whole columns at a time. What does not fit becomes null and a fault, never a guess.

Each reader takes an Arrow array of n values (text, or any type that parquet knows) and returns n typed values and n
fault codes: "" for a value that is well (or missing), else the code with which its record is quarantined.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from copilot.sources.canonical import Column

# 20 digits before and 18 after the point: no amount or ratio of a business needs more, and it is exact.
DECIMAL = pa.decimal128(38, 18)
INSTANT = pa.timestamp("us", "UTC")
# Longer than any name or comment that a board can show; a megabyte in one field is a fault of the source.
MAX_TEXT_BYTES = 65_536
# PostgreSQL refuses an index entry over 2,704 bytes; a key of up to four columns stays below it.
MAX_KEY_BYTES = 512
EARLIEST_YEAR, LATEST_YEAR = 1900, 9999
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
_SCALE = Decimal(1).scaleb(-18)
_ZONE = r"[0-9](Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_LOOKS_LIKE_A_DATE = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
)

Array = Any  # pyarrow has no types that mypy can read
Faults = npt.NDArray[np.str_]
Cast = Callable[[Array], Array]


def no_faults(n: int) -> Faults:
    """N times "no fault"."""
    return np.full(n, "", dtype="U16")


def flags(condition: Array) -> npt.NDArray[np.bool_]:
    """A boolean array as numpy; null counts as false."""
    return np.asarray(condition.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def cast_where_possible(values: Array, cast: Cast) -> Array:
    """`cast` of every value that it accepts, null for the others: halves that fail are halved again."""
    try:
        return cast(values)
    except (pa.ArrowException, UnicodeError):
        if len(values) == 1:
            return pa.nulls(1, cast(values.slice(0, 0)).type)
        middle = len(values) // 2
        parts = (values.slice(0, middle), values.slice(middle))
        return pa.concat_arrays([cast_where_possible(part, cast) for part in parts])


def as_text(raw: Array) -> tuple[Array, Faults]:
    """Text of any column. Faults: not_utf8, nul_byte. An empty text is a missing value."""
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    if pa.types.is_string(raw.type):
        # Neither Arrow's JSON parser nor parquet promises that text is UTF-8; the way back from bytes checks it.
        raw = raw.cast(pa.binary())
    text = cast_where_possible(raw, lambda part: part.cast(pa.string()))
    faults = no_faults(len(raw))
    if text.null_count > raw.null_count:
        faults[flags(pc.and_(raw.is_valid(), text.is_null()))] = "not_utf8"
    if _holds_nul(text):
        faults[flags(pc.match_substring(text, "\0"))] = "nul_byte"
    return text, faults


def _holds_nul(text: Array) -> bool:
    buffer = text.buffers()[2]
    return buffer is not None and bool((np.frombuffer(buffer, dtype=np.uint8) == 0).any())


def read_text(text: Array, column: Column, limit: int) -> tuple[Array, Faults]:
    """Text of at most `limit` bytes, one of the column's choices if it has any. Faults: too_long, unknown_value."""
    faults = no_faults(len(text))
    sizes = pc.binary_length(text)
    if (pc.min(sizes).as_py() or 0) == 0:
        text = pc.if_else(pc.equal(sizes, 0), pa.scalar(None, pa.string()), text)
    if (pc.max(sizes).as_py() or 0) > limit:
        faults[flags(pc.greater(sizes, limit))] = "too_long"
    if column.choices:
        known = pc.is_in(text, pa.array(column.choices, pa.string()))
        faults[flags(pc.and_(pc.invert(known), text.is_valid()))] = "unknown_value"
    return text, faults


def read_boolean(text: Array) -> tuple[Array, Faults]:
    """true/false, t/f, yes/no, y/n, 1/0 in any case. Fault: not_boolean."""
    lower = pc.utf8_lower(text)
    is_true = pc.is_in(lower, pa.array(TRUE))
    is_known = pc.or_(is_true, pc.is_in(lower, pa.array(FALSE)))
    values = pc.if_else(is_known, is_true, pa.scalar(None, pa.bool_()))
    return values, _faults_where(pc.and_(text.is_valid(), pc.invert(is_known)), "not_boolean")


def read_bigint(raw: Array) -> tuple[Array, Faults]:
    """Whole numbers of 64 bits; `5.0` is 5. Faults: not_a_number, out_of_range."""
    if pa.types.is_integer(raw.type):
        values = cast_where_possible(raw, lambda part: part.cast(pa.int64()))
        return values, _lost(raw, values, "out_of_range")
    text = pc.utf8_trim_whitespace(raw.cast(pa.string()))
    plain = pc.replace_substring_regex(text, r"^\+?(-?[0-9]+)(\.0*)?$", r"\1")
    is_number = pc.match_substring_regex(plain, r"^-?[0-9]+$")
    values = cast_where_possible(
        pc.if_else(is_number, plain, pa.scalar(None, pa.string())), lambda p: p.cast(pa.int64())
    )
    faults = _lost(raw, values, "not_a_number")
    faults[flags(pc.and_(is_number, values.is_null()))] = "out_of_range"
    return values, faults


def read_numeric(raw: Array) -> tuple[Array, Faults]:
    """Exact numbers, rounded at the 18th decimal. Faults: not_a_number (NaN, Infinity, 1,234), out_of_range (1e999)."""
    if pa.types.is_integer(raw.type) or pa.types.is_decimal(raw.type):
        values = cast_where_possible(raw, lambda part: part.cast(DECIMAL))
        return values, _lost(raw, values, "out_of_range")
    text = raw.cast(pa.string())
    try:
        return text.cast(DECIMAL), no_faults(len(text))
    except pa.ArrowException:
        values = cast_where_possible(text, lambda part: part.cast(DECIMAL))
    return _reread_odd_numbers(text, values)


def _reread_odd_numbers(text: Array, values: Array) -> tuple[Array, Faults]:
    """Arrow refuses what it cannot hold exactly (0.1 + 0.2 has 17 decimals times ten): look at those one by one."""
    faults = no_faults(len(text))
    odd = np.flatnonzero(flags(pc.and_(text.is_valid(), values.is_null())))
    repaired: list[Decimal | None] = []
    for at in odd:
        value, faults[at] = _decimal(text[int(at)].as_py())
        repaired.append(value)
    mask = np.zeros(len(text), dtype=bool)
    mask[odd] = True
    return pc.replace_with_mask(values, pa.array(mask), pa.array(repaired, DECIMAL)), faults


def _decimal(text: str) -> tuple[Decimal | None, str]:
    try:
        value = Decimal(text.strip()) if text.isascii() and "_" not in text else Decimal("nan")
    except InvalidOperation:
        return None, "not_a_number"
    if not value.is_finite():
        return None, "not_a_number"
    if value.adjusted() >= 20:
        return None, "out_of_range"
    return value.quantize(_SCALE), ""


def read_instant(raw: Array, pattern: str | None) -> tuple[Array, Faults]:
    """UTC instants: ISO 8601 (no zone means UTC), or strptime's `pattern`. Faults: not_a_date, out_of_range."""
    if pa.types.is_temporal(raw.type):
        values = _as_instants(raw)
        faults = _lost(raw, values, "out_of_range")
    else:
        text = raw.cast(pa.string())
        values = _by_pattern(text, pattern) if pattern else _iso(text)
        faults = _lost(text, values, "not_a_date")
    span = pc.min_max(pc.year(values)).as_py()
    if span["min"] is not None and not (span["min"] >= EARLIEST_YEAR and span["max"] <= LATEST_YEAR):
        years = pc.year(values)
        faults[flags(pc.or_(pc.less(years, EARLIEST_YEAR), pc.greater(years, LATEST_YEAR)))] = "out_of_range"
    return values, faults


def read_date(raw: Array, pattern: str | None) -> tuple[Array, Faults]:
    """Dates; an instant counts as its day in UTC. Faults: not_a_date, out_of_range."""
    values, faults = read_instant(raw, pattern)
    return values.cast(pa.timestamp("us")).cast(pa.date32(), safe=False), faults


def _as_instants(raw: Array) -> Array:
    if pa.types.is_date(raw.type):
        raw = raw.cast(pa.timestamp("s"))
    return cast_where_possible(raw, lambda part: part.cast(pa.timestamp("us"), safe=False).cast(INSTANT))


def _utc(part: Array) -> Array:
    return part.cast(pa.timestamp("us")).cast(INSTANT)


def _iso(text: Array) -> Array:
    """Whole columns are of one kind almost always: with a zone, or without; only mixtures are sorted out."""
    casts: tuple[Cast, ...] = (lambda part: part.cast(INSTANT), _utc)
    for cast in casts:
        try:
            return cast(text)
        except pa.ArrowException:
            continue
    text = pc.replace_substring_regex(pc.utf8_trim_whitespace(text), r"(\.[0-9]{6})[0-9]+", r"\1")
    text = pc.replace_substring_regex(text, r" ?UTC$", "Z")
    missing = pa.scalar(None, pa.string())
    text = pc.if_else(pc.match_substring_regex(text, _LOOKS_LIKE_A_DATE), text, missing)
    zoned = pc.and_(pc.match_substring_regex(text, _ZONE), pc.greater(pc.utf8_length(text), 10))
    with_zone = cast_where_possible(pc.if_else(zoned, text, missing), lambda part: part.cast(INSTANT))
    return pc.coalesce(with_zone, cast_where_possible(pc.if_else(zoned, missing, text), _utc))


def _by_pattern(text: Array, pattern: str) -> Array:
    """By the given pattern; 31/02 is refused by writing the date again and comparing, whatever its leading zeros."""
    values = pc.strptime(text, pattern, "s", error_is_null=True)
    zeros = r"\b0+([0-9])"
    again = pc.replace_substring_regex(pc.strftime(values, pattern), zeros, r"\1")
    same = pc.equal(again, pc.replace_substring_regex(text, zeros, r"\1"))
    return pc.if_else(same, values, pa.scalar(None, values.type)).cast(pa.timestamp("us")).cast(INSTANT)


def outside(values: Array, column: Column) -> npt.NDArray[np.bool_]:
    """Which values lie outside the column's minimum and maximum (both allowed)."""
    found = np.zeros(len(values), dtype=bool)
    if column.minimum is not None:
        found |= flags(pc.less(values, _bound(column.minimum, values)))
    if column.maximum is not None:
        found |= flags(pc.greater(values, _bound(column.maximum, values)))
    return found


def _bound(limit: float, values: Array) -> Any:
    return (
        pa.scalar(int(limit), pa.int64())
        if pa.types.is_integer(values.type)
        else pa.scalar(Decimal(str(limit)), DECIMAL)
    )


def _lost(before: Array, after: Array, code: str) -> Faults:
    if after.null_count == before.null_count:
        return no_faults(len(before))
    return _faults_where(pc.and_(before.is_valid(), after.is_null()), code)


def _faults_where(condition: Array, code: str) -> Faults:
    faults = no_faults(len(condition))
    faults[flags(condition)] = code
    return faults
