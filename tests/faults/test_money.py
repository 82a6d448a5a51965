"""F24, F26: amounts that may be negative, zero or of another currency, only where the rule says so."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from copilot.sources.api.connector import Gives
from copilot.sources.api.rows import batches, plan
from copilot.sources.canonical import BY_NAME
from copilot.sources.connectors import money
from copilot.sources.gate import Gate
from tests.figures import figure

LEARNED = datetime(2026, 11, 17, 6, tzinfo=UTC)
KNOWN = {"recorded_at": LEARNED, "account_id": "acc_1"}
CONTRACT = {**KNOWN, "subscription_id": "s", "started_on": "2026-01-02", "currency": "USD"}
BILL = {**KNOWN, "invoice_id": "i", "issued_on": "2026-01-02", "currency": "USD"}
TRY = {**KNOWN, "payment_id": "p", "attempted_at": "2026-01-02", "currency": "USD"}
NO_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "1,234", "\u0663", "0x10", "1_000", "12.5.1")
# What is declared of an amount below nothing, of nothing, of money that goes back, and of a credit above its bill.
DECLARED: dict[str, tuple[str, dict[str, Any], str]] = {
    "negative MRR": ("subscriptions", {**CONTRACT, "mrr": "-5"}, "out_of_range"),
    "MRR 0": ("subscriptions", {**CONTRACT, "mrr": "0"}, ""),
    "a refund": ("payments", {**TRY, "amount": "-100", "status": "refunded"}, ""),
    "a credit note above its invoice": ("invoices", {**BILL, "amount": "-500"}, ""),
}


def fate(table: str, row: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """(the rows that land, the reasons of those set aside)."""
    gives = Gives(table, lambda record: [record])
    judged = [Gate(plan(gives), LEARNED).judge(batch) for batch in batches(gives, [row])]
    return [one for batch in judged for one in batch.good.to_pylist()], [r.code for b in judged for r in b.rejected]


def test_each_strange_amount_has_the_fate_that_is_declared() -> None:
    usual = {"subscriptions": {**CONTRACT, "mrr": "5"}, "payments": {**TRY, "amount": "5", "status": "failed"}}
    usual["invoices"] = {**BILL, "amount": "5"}
    assert all(len(fate(table, row)[0]) == 1 for table, row in usual.items())

    found = {}
    for name, (table, row, code) in DECLARED.items():
        good, rejected = fate(table, row)
        amount = "mrr" if table == "subscriptions" else "amount"
        is_kept = [one[amount] for one in good] == [Decimal(row[amount])]
        found[name] = rejected == [code] if code else is_kept and rejected == []

    figure("F24 strange amounts with the fate declared", f"{sum(found.values())} of {len(found)}", "4 of 4")
    assert len(found) == 4
    assert all(found.values()), found


def test_in_no_column_of_numbers_a_text_that_is_none_becomes_one() -> None:
    """Every number of every table."""
    columns = [(table, one) for table in BY_NAME.values() for one in table.columns if one.type in ("numeric", "bigint")]
    tried, invented = 0, []
    for table, column in columns:
        names = (*table.must_have, *table.one_of, "recorded_at")
        needed = {name: (*table.column(name).choices, "2026-01-02")[0] for name in names}
        for value in NO_NUMBERS:
            good, rejected = fate(table.name, {**needed, column.name: value})
            tried += 1
            if good or rejected not in (["not_a_number"], ["out_of_range"]):
                invented.append((table.name, column.name, value, rejected))

    figure("F23 texts that are no number and land as one", f"{len(invented)} of {tried}", "0")
    assert len(columns) >= 20
    assert invented == []


@pytest.mark.parametrize(
    ("currency", "smallest", "units"),
    [("USD", 1999, "19.99"), ("JPY", 1999, "1999"), ("BHD", 1999, "1.999"), ("kwd", -5, "-0.005"), ("XAF", 0, "0")],
)
def test_an_amount_of_the_smallest_unit_is_read_by_its_currency(currency: str, smallest: int, units: str) -> None:
    assert money.in_units(smallest, currency) == Decimal(units)
    assert money.a_month(money.in_units(12 * smallest, currency), Decimal(12), currency) == Decimal(units)
