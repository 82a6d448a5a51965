"""Typing is exact or it is a fault: nothing is rounded, guessed, clamped or turned into null on the way."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.sources import values


def one(reader, text, *more):
    typed, faults = reader(pa.array([text], pa.string()), *more)
    return typed[0].as_py(), faults[0]


@pytest.mark.parametrize(
    ("text", "value", "fault"),
    [
        ("12.50", Decimal("12.5"), ""), ("1e3", Decimal(1000), ""), (" 7 ", Decimal(7), ""), ("-0", Decimal(0), ""),
        ("0.30000000000000004", Decimal("0.30000000000000004"), ""),
        ("1.2345678901234567e-5", Decimal("0.000012345678901235"), ""),
        ("NaN", None, "not_a_number"), ("Infinity", None, "not_a_number"), ("-inf", None, "not_a_number"),
        ("1e999", None, "out_of_range"), ("1,234", None, "not_a_number"), ("", None, "not_a_number"),
        ("1_000", None, "not_a_number"), ("0x10", None, "not_a_number"),
        ("٣", None, "not_a_number"), ("NULL", None, "not_a_number"),
    ],
)  # fmt: skip
def test_numbers_are_exact_or_a_fault(text, value, fault):
    assert one(values.read_numeric, text) == (value, fault)


@pytest.mark.parametrize(
    ("text", "value", "fault"),
    [
        ("5", 5, ""), ("5.0", 5, ""), ("+5", 5, ""), ("007", 7, ""), ("9223372036854775807", 2**63 - 1, ""),
        ("9223372036854775808", None, "out_of_range"), ("5.5", None, "not_a_number"), ("0x10", None, "not_a_number"),
        ("1,234", None, "not_a_number"), ("1e3", None, "not_a_number"),
    ],
)  # fmt: skip
def test_whole_numbers_are_exact_or_a_fault(text, value, fault):
    assert one(values.read_bigint, text) == (value, fault)


@pytest.mark.parametrize(
    ("text", "value", "fault"),
    [
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC), ""),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), ""),
        ("2026-01-02 03:04:05.123456789+02:00", datetime(2026, 1, 2, 1, 4, 5, 123456, tzinfo=UTC), ""),
        ("2026-01-02 03:04:05 UTC", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), ""),
        ("31/12/2026", None, "not_a_date"), ("12-31-2026", None, "not_a_date"), ("2026-02-30", None, "not_a_date"),
        ("99999-01-01", None, "not_a_date"), ("1700000000", None, "not_a_date"), ("N/A", None, "not_a_date"),
    ],
)  # fmt: skip
def test_times_are_iso_or_a_fault(text, value, fault):
    assert one(values.read_instant, text, None) == (value, fault)


def test_a_year_before_any_business_is_out_of_range():
    assert one(values.read_instant, "0024-01-02", None)[1] == "out_of_range"


@pytest.mark.parametrize(
    ("text", "pattern", "value", "fault"),
    [
        ("31/12/2026", "%d/%m/%Y", date(2026, 12, 31), ""),
        ("1/2/2026", "%d/%m/%Y", date(2026, 2, 1), ""),
        ("12-31-2026", "%m-%d-%Y", date(2026, 12, 31), ""),
        ("31/02/2026", "%d/%m/%Y", None, "not_a_date"),
        ("31/12/26", "%d/%m/%Y", date(26, 12, 31), "out_of_range"),
        ("2026-12-31", "%d/%m/%Y", None, "not_a_date"),
    ],
)
def test_other_dates_are_read_by_the_pattern_of_the_mapping(text, pattern, value, fault):
    assert one(values.read_date, text, pattern) == (value, fault)


@given(st.lists(st.sampled_from(["2026-01-02", "2026-01-02T03:04:05Z", "x", None, "2026-13-01"]), max_size=40))
def test_a_value_is_read_alike_alone_and_in_any_company(texts):
    typed, faults = values.read_instant(pa.array(texts, pa.string()), None)
    alone = [one(values.read_instant, text, None) for text in texts]
    assert list(zip(typed.to_pylist(), faults.tolist(), strict=True)) == alone


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**19), max_value=10**19, places=6)))
def test_any_decimal_survives(numbers):
    typed, faults = values.read_numeric(pa.array([str(number) for number in numbers], pa.string()))
    assert (typed.to_pylist(), set(faults)) == (numbers, {""} if numbers else set())


def test_booleans_are_the_usual_words_or_a_fault():
    typed, faults = values.read_boolean(pa.array(["True", "f", "YES", "0", None, "maybe", "2"]))
    assert typed.to_pylist() == [True, False, True, False, None, None, None]
    assert faults.tolist() == ["", "", "", "", "", "not_boolean", "not_boolean"]
