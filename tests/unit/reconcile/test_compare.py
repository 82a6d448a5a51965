"""source = raw good + rejected, and raw good = marts + what they leave out: which side is short, to the cent."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from copilot.reconcile.compare import Compared, Line, Sides, lines, number
from copilot.sources.figures import Dated, Figure, Sums

DAY = date(2026, 11, 17)
BILLS = Compared("billing", "invoices", "issued_on")


def money(rows: int, **amounts: str) -> Figure:
    return Figure(rows, {currency: Decimal(amount) for currency, amount in amounts.items()})


AGREED = money(3, EUR="100.10", USD="50.05")
SIDES = Sides(AGREED, AGREED, known=AGREED, mart=AGREED)


def compared(**changed: Any) -> dict[str, Line]:
    return {line.currency or line.measure: line for line in lines(BILLS, DAY, replace(SIDES, **changed))}


def verdicts(**changed: Any) -> dict[str, str]:
    return {what: line.verdict for what, line in compared(**changed).items()}


def test_where_all_sides_are_equal_all_agrees() -> None:
    assert verdicts() == {"rows": "agrees", "EUR": "agrees", "USD": "agrees"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"source": money(4, EUR="100.10", USD="50.05")}, {"rows": "raw_short"}),
        ({"source": money(2, EUR="100.10", USD="50.05")}, {"rows": "raw_over"}),
        ({"source": money(3, EUR="100.11", USD="50.05")}, {"EUR": "raw_short"}),
        ({"source": money(3, EUR="100.11", USD="50.04")}, {"EUR": "raw_short", "USD": "raw_over"}),
        ({"source": money(3, EUR="100.10", GBP="50.05")}, {"GBP": "raw_short", "USD": "raw_over"}),
        ({"mart": money(2, EUR="100.10", USD="50.05")}, {"rows": "mart_short"}),
        ({"mart": money(4, EUR="200.20", USD="50.05")}, {"rows": "mart_over", "EUR": "mart_over"}),
    ],
)
def test_the_side_that_is_short_is_named_in_what_it_is_short_of(
    changed: dict[str, Any], expected: dict[str, str]
) -> None:
    assert {what: one for what, one in verdicts(**changed).items() if one != "agrees"} == expected


def test_what_raw_lacks_is_said_before_what_the_marts_lack() -> None:
    less = money(2, EUR="100.10", USD="50.05")
    assert verdicts(good=less, known=less, mart=money(1, EUR="100.10", USD="50.05"))["rows"] == "raw_short"


def test_what_is_in_quarantine_is_accounted_for_in_rows_and_money() -> None:
    less = money(2, EUR="90.10", USD="50.05")
    found = compared(good=less, known=less, mart=less, rejected=money(1, EUR="10.00"))
    assert {line.verdict for line in found.values()} == {"rejected"}
    assert "raw holds 2 and quarantine 1" in found["rows"].message
    assert verdicts(good=less, known=less, mart=less) == {"rows": "raw_short", "EUR": "raw_short", "USD": "agrees"}


def test_an_amount_that_cannot_be_read_hides_no_missing_row() -> None:
    less = money(2, EUR="90.10", USD="50.05")
    unread = {"good": less, "known": less, "mart": less, "rejected": Figure(1), "n_unread": 1}
    assert set(verdicts(**unread).values()) == {"rejected"}
    assert verdicts(**unread, source=money(4, EUR="100.10", USD="50.05"))["rows"] == "raw_short"


def test_what_became_known_after_the_evening_is_not_looked_for_in_the_marts() -> None:
    earlier = money(2, EUR="100.10")
    found = compared(known=earlier, mart=earlier)
    assert {line.verdict for line in found.values()} == {"agrees"}
    assert found["USD"].excluded == Decimal("50.05")
    assert "50.05 known only after the day was built" in found["USD"].message


def test_who_was_not_asked_raises_no_alarm_and_hides_none() -> None:
    asked_nobody = {"source": None, "why_not_asked": "it is down"}
    assert set(verdicts(**asked_nobody).values()) == {"not_asked"}
    assert verdicts(**asked_nobody, mart=money(2, EUR="100.10", USD="50.05"))["rows"] == "mart_short"


def test_a_record_counts_once_and_one_without_a_key_each_time() -> None:
    sums = Sums([DAY])
    for one in (
        Dated("a", DAY, Decimal("1.10"), "EUR"), Dated("a", DAY, Decimal("1.10"), "EUR"),
        Dated("", DAY), Dated("", DAY), Dated("b", date(2026, 11, 16)),
    ):  # fmt: skip
        sums.add(one)
    assert sums.figures() == {DAY: Figure(3, {"EUR": Decimal("1.10")})}


@pytest.mark.parametrize(
    ("said", "shown"),
    [("3", "3"), ("1050.5", "1,050.50"), ("0.001", "0.001"), ("-7.70", "-7.70"), ("1000.00", "1,000")],
)
def test_numbers_are_shown_as_people_write_them(said: str, shown: str) -> None:
    assert number(Decimal(said)) == shown
