"""The make-believe company's billing, read from Stripe or from Chargebee: the same contracts, bills and payments."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from copilot.sandbox.vendors.billing_book import Book
from copilot.sandbox.vendors.faults import Fault
from tests.running_vendors import WRONG_KEY, Vendors

BILLING = ("stripe", "chargebee")
OF_CUSTOMER = "join raw_{vendor}.customers as c on c.customer_id = r.account_id"
CONTRACTS = (
    "select c.name, r.started_on, r.status, r.plan, r.seats, r.mrr::float, r.currency, r.discount_ratio::float,"
    " r.billing_period, r.notice_on, r.ended_on, r.term_ends_on, r.auto_renew, r.is_trial{recorded}"
    " from {versions} as r " + OF_CUSTOMER + " order by {order}"
)
NEWEST = (
    "(select distinct on (subscription_id) * from raw_{vendor}.subscriptions"
    " order by subscription_id, recorded_at desc)"
)


def contracts(vendors: Vendors, vendor: str) -> list[tuple[Any, ...]]:
    """Every contract as it is now."""
    newest = NEWEST.format(vendor=vendor)
    return vendors.rows(CONTRACTS.format(vendor=vendor, versions=newest, recorded="", order="1, 2, 3, 4, 6"))


def all_versions(vendors: Vendors, vendor: str) -> list[tuple[Any, ...]]:
    """Every version of every contract, with the second in which it was recorded."""
    recorded = ", date_trunc('second', r.recorded_at)"
    versions = f"raw_{vendor}.subscriptions"
    order = ", ".join(str(number) for number in range(1, 16))
    return vendors.rows(CONTRACTS.format(vendor=vendor, versions=versions, recorded=recorded, order=order))


def written(vendors: Vendors) -> Iterator[tuple[Any, ...]]:
    """Every contract as the company's own files have it by now. What was deleted has ended on that day."""
    book = Book(vendors.company)
    for held in book.subscriptions.values():
        known = held.by(vendors.now)
        if known is None:
            continue
        now = known.now
        name = book.customers[str(now["account_id"])].name
        is_over = now["status"] == "cancelled" or now["is_deleted"]
        yield (
            name,
            now["started_on"],
            "cancelled" if is_over else now["status"],
            now["plan"],
            now["seats"],
            now["mrr"],
        )


@pytest.mark.parametrize("vendor", BILLING)
def test_every_contract_arrives_as_the_company_has_it(vendors: Vendors, vendor: str) -> None:
    outcome = vendors.read(vendor, "billing")

    assert outcome["problems"] == []
    assert outcome["rejected"] == 0
    expected = sorted(written(vendors))
    assert len(expected) > 80
    assert sorted(row[:6] for row in contracts(vendors, vendor)) == expected
    assert vendors.rows(f"select count(*) from raw_{vendor}.subscriptions where is_deleted") == [(0,)]


@pytest.mark.parametrize("vendor", BILLING)
def test_no_price_is_known_before_the_company_had_it(vendors: Vendors, vendor: str) -> None:
    vendors.read(vendor, "billing")
    book = Book(vendors.company)
    known = {*_entered(book), *_billed(book)}
    told = [(row[0], row[1], Decimal(str(row[5])), row[14]) for row in all_versions(vendors, vendor) if row[5]]

    assert len(told) > 250
    early = [one for one in told if not any(v[:3] == one[:3] and v[3] <= one[3] for v in known)]
    assert early == []


Known = tuple[str, date, Decimal, datetime]


def _entered(book: Book) -> Iterator[Known]:
    """Every price that was entered, and when."""
    for held in book.subscriptions.values():
        for v in held.versions:
            name = book.customers[str(v["account_id"])].name
            yield name, v["started_on"], Decimal(str(v["mrr"])), v["recorded_at"]


def _billed(book: Book) -> Iterator[Known]:
    """Every price that was billed, and when: a change that is entered late is billed in time."""
    for bill in book.bills:
        if bill.tariff is not None and bill.subscription is not None:
            started = book.subscriptions[bill.subscription].now["started_on"]
            mrr = (bill.amount / bill.tariff.months).quantize(Decimal("0.01"))
            yield book.customers[bill.customer].name, started, mrr, bill.issued_at


def test_followed_day_by_day_both_vendors_tell_the_same_versions_of_every_contract(vendors: Vendors) -> None:
    first = datetime(2026, 10, 1, tzinfo=UTC)
    for day in range(25):
        vendors.now = first + timedelta(days=day)
        for vendor in BILLING:
            assert vendors.read(vendor, "billing")["problems"] == []
    stripe, chargebee = ([row for row in last_of_each_day(vendors, vendor) if row[-1] > first] for vendor in BILLING)

    assert len(stripe) > 10
    assert [row for row in stripe if row not in chargebee] == [row for row in chargebee if row not in stripe]


def last_of_each_day(vendors: Vendors, vendor: str) -> list[tuple[Any, ...]]:
    """The version of every contract in the evening of each day on which there was a new one."""
    found = {(row[:2], row[-1].date()): row for row in sorted(all_versions(vendors, vendor), key=lambda row: row[-1])}
    return sorted(found.values(), key=lambda row: (row[-1], row[0], row[1], row[2]))


BILLS = """
    select c.name, r.issued_on, r.due_on, r.paid_on, r.amount::float, r.currency, r.status, r.period_start_on,
        r.period_end_on, r.recorded_at
    from raw_{vendor}.invoices as r {customer} order by 1, 2, 3, 5, 7, 4, 10
"""
TRIED = """
    select c.name, r.attempted_at, r.status, r.amount::float, r.currency, r.failure_reason, i.issued_on
    from raw_{vendor}.payments as r {customer}
    left join (select distinct invoice_id, issued_on from raw_{vendor}.invoices) as i using (invoice_id)
    order by 1, 2, 3, 4
"""
LEFT = (
    "select c.name, r.churned_on, r.kind, r.reason from raw_{vendor}.churn_events as r {customer} order by 1, 2, 3, 4"
)


@pytest.mark.parametrize(("query", "least"), [(BILLS, 600), (TRIED, 300), (LEFT, 5)], ids=["bills", "tries", "left"])
def test_both_vendors_tell_the_same_of_everything_else(vendors: Vendors, query: str, least: int) -> None:
    told = []
    for vendor in BILLING:
        vendors.read(vendor, "billing")
        told.append(vendors.rows(query.format(vendor=vendor, customer=OF_CUSTOMER.format(vendor=vendor))))

    assert len(told[0]) > least
    assert told[0] == told[1]


@pytest.mark.parametrize("vendor", BILLING)
def test_bills_and_payments_add_up_to_the_company_s_own(vendors: Vendors, vendor: str) -> None:
    vendors.read(vendor, "billing")
    book = Book(vendors.company)
    bills = sum((bill.amount for bill in book.bills if bill.issued_at <= vendors.now), Decimal(0))
    credits = sum((Decimal(str(held.now["amount"])) for held in book.credits.values()), Decimal(0))
    tried = sum((Decimal(str(held.now["amount"])) for held in book.payments.values()), Decimal(0))

    newest = f"select distinct on (invoice_id) amount from raw_{vendor}.invoices order by invoice_id, recorded_at desc"
    assert vendors.rows(f"select sum(amount) from ({newest}) as i") == [(bills + credits,)]
    assert vendors.rows(f"select sum(amount) from raw_{vendor}.payments") == [(tried,)]


@pytest.mark.parametrize("vendor", BILLING)
def test_following_the_changes_ends_where_one_reading_does(vendors: Vendors, vendor: str) -> None:
    for day in (date(2026, 8, 1), date(2026, 8, 20), date(2026, 9, 10), date(2026, 10, 5), date(2026, 10, 31)):
        vendors.now = datetime(day.year, day.month, day.day, tzinfo=UTC)
        assert vendors.read(vendor, "billing")["problems"] == []
    vendors.now = datetime(2026, 11, 18, tzinfo=UTC)
    assert vendors.read(vendor, "billing")["problems"] == []
    followed = contracts(vendors, vendor)
    vendors.read(vendor, "billing", name="once")

    assert followed == contracts(vendors, "once")


@pytest.mark.parametrize("vendor", BILLING)
def test_reading_again_brings_nothing_new(vendors: Vendors, vendor: str) -> None:
    assert vendors.read(vendor, "billing")["landed"] > 1000
    assert vendors.read(vendor, "billing")["landed"] == 0


MISHAPS = {
    "busy": Fault("status", "subscriptions", 1, 2, 429, (("Retry-After", "0"),)),
    "broken": Fault("status", "invoices", 2, 1, 500),
    "the line goes dead": Fault("reset", "customers"),
    "half a page": Fault("half", "subscriptions"),
}


@pytest.mark.parametrize("vendor", BILLING)
@pytest.mark.parametrize("fault", MISHAPS.values(), ids=MISHAPS.keys())
def test_what_passes_is_waited_out(vendors: Vendors, vendor: str, fault: Fault) -> None:
    outcome = vendors.read(vendor, "billing", fault)

    assert vendors.faults.happened[fault] == fault.times
    assert outcome["problems"] == []
    assert sorted(row[:6] for row in contracts(vendors, vendor)) == sorted(written(vendors))


@pytest.mark.parametrize("vendor", BILLING)
def test_a_wrong_key_is_told_without_showing_it(vendors: Vendors, vendor: str) -> None:
    outcome = vendors.read(vendor, "billing", shown=WRONG_KEY)

    assert outcome["problems"]
    assert all("with 401" in problem and "wrong-key" not in problem for problem in outcome["problems"])
