"""F25: what the books hold day by day is what was billed, whichever way contracts begin and end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.figures import figure

# Every period that is billed ends with this evening or before it.
DAY = date(2026, 3, 31)
Row = dict[str, Any]


@dataclass(frozen=True)
class Bill:
    """A period paid for in advance: its first day, the first day after it, and how many months it is called."""

    account: str
    since: date
    until: date
    amount: Decimal
    months: int = 1


def month(account: str, number: int, amount: str) -> Bill:
    """One month of 2026."""
    return Bill(account, date(2026, number, 1), date(2026, number + 1, 1), Decimal(amount))


def contract(name: str, since: date, until: date | None = None, **given: Any) -> Row:
    """Recorded when it begins; the account is the name's first part."""
    row = {"subscription_id": name, "account_id": name.partition("/")[0], "started_on": since, "ended_on": until}
    return row | {"currency": "USD", "recorded_at": at(since)} | given


def contracts() -> Iterator[Row]:
    january, february, march = (date(2026, number, 1) for number in (1, 2, 3))
    yield contract("open", january, mrr="99.99")
    yield contract("yearly", date(2025, 4, 1), amount="1200", billing_period="annual", mrr=None)
    yield contract("gapped/a", january, february, mrr="50")
    yield contract("gapped/b", march, mrr="70")
    yield contract("touching/a", january, february, mrr="100")
    yield contract("touching/b", february, mrr="120")
    yield contract("upgraded", january, mrr="10.50")
    yield contract("upgraded", january, mrr="33.10", recorded_at=at(march))
    yield contract("nothing", february, february, mrr="80")
    yield contract("reversed", march, february, mrr="80")
    yield contract("side_by_side/a", february, mrr="5")
    yield contract("side_by_side/b", february, march, mrr="0.07")


BILLS = (
    *(month("open", number, "99.99") for number in (1, 2, 3)),
    Bill("yearly", date(2025, 4, 1), date(2026, 4, 1), Decimal(1200), 12),
    month("gapped", 1, "50"), month("gapped", 3, "70"),
    month("touching", 1, "100"), month("touching", 2, "120"), month("touching", 3, "120"),
    month("upgraded", 1, "10.50"), month("upgraded", 2, "10.50"), month("upgraded", 3, "33.10"),
    month("side_by_side", 2, "5.07"), month("side_by_side", 3, "5"),
)  # fmt: skip


def land(company: Company) -> None:
    rows = list(contracts())
    names = sorted({row["account_id"] for row in rows})
    company.land("accounts", [{"account_id": n, "name": n, "recorded_at": at(date(2025, 4, 1), 1)} for n in names])
    company.land("subscriptions", rows)
    company.land(
        "invoices",
        [
            {"invoice_id": f"bill_{number}", "account_id": bill.account, "issued_on": bill.since, "amount": bill.amount,
             "currency": "USD", "recorded_at": at(bill.since)}
            for number, bill in enumerate(BILLS)
        ],
    )  # fmt: skip


@pytest.mark.slow
def test_the_days_of_each_bill_add_up_to_its_amount_and_no_day_is_without_a_bill(company: Company) -> None:
    land(company)
    transform.invoke(company.run(DAY), "run", "--select", "+mrr_daily", "+fct_invoice")
    books = {
        (account, day): Fraction(mrr)
        for account, day, mrr in company.rows("select account_id, as_of_date, mrr_usd from marts.mrr_daily")
        if mrr
    }
    billed = company.rows("select account_id, issued_on, amount from marts.fct_invoice")

    assert sorted(billed) == sorted((bill.account, bill.since, bill.amount) for bill in BILLS)
    n_cents, left = Fraction(0), set(books)
    for bill in BILLS:
        days = [bill.since + timedelta(days=n) for n in range((bill.until - bill.since).days)]
        held = sum(books.get((bill.account, day), Fraction(0)) for day in days) * bill.months / len(days)
        n_cents += abs(100 * (held - Fraction(bill.amount)))
        left -= {(bill.account, day) for day in days}
    figure(
        "F25 cents that differ between the days of MRR and the bills",
        f"{float(n_cents):g} of {100 * sum(bill.amount for bill in BILLS):,.0f}",
        "0",
    )
    assert len(books) > 365 + 5 * 31
    assert n_cents == 0
    assert left == set()
