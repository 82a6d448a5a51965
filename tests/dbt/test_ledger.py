"""The MRR ledger over whole companies: what is booked when, that it adds up, and that steps equal one stride."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from copilot.warehouse import transform
from tests.dbt.companies import Company, at
from tests.dbt.conftest import DAY
from tests.figures import figure

START = DAY - timedelta(days=150)
BOOKS = ("mrr_daily", "fct_subscription_movement")
Row = dict[str, Any]


def _before(days: int) -> date:
    return DAY - timedelta(days=days)


def _subscription(account: str, name: str = "", **given: Any) -> Row:
    recorded = given.pop("recorded", START)
    row = {
        "subscription_id": name or account,
        "account_id": account,
        "started_on": START,
        "currency": "USD",
        "mrr": 100,
    }
    return row | {"recorded_at": at(recorded)} | given


def _story() -> Iterable[tuple[str, Row]]:
    """Each account lives one policy."""
    accounts = (
        "annual", "paused", "unpaid", "deleted", "switch", "dip", "late_start", "late_end", "free", "euro",
        "returned", "trial", "gifted", "old", "new", "notice",
    )  # fmt: skip
    yield from (("accounts", {"account_id": name, "name": name, "recorded_at": at(START, 1)}) for name in accounts)
    yield from (("subscriptions", row) for row in _subscriptions())
    merged = {"account_id": "old", "name": "old", "merged_into_account_id": "new", "recorded_at": at(_before(20))}
    yield "accounts", merged
    # A free month is a credit, and a refund is money back: neither is a change of what recurs.
    credit = {"invoice_id": "k1", "account_id": "notice", "issued_on": _before(9), "amount": -100}
    yield "invoices", {**credit, "currency": "USD", "recorded_at": at(_before(9))}
    refund = {"payment_id": "r1", "account_id": "notice", "status": "refunded", "amount": -100, "currency": "USD"}
    yield "payments", {**refund, "attempted_at": at(_before(8)), "recorded_at": at(_before(8))}
    left = {"churn_event_id": "c1", "account_id": "late_end", "churned_on": _before(14), "kind": "voluntary"}
    yield "churn_events", {**left, "reason": "price", "recorded_at": at(_before(10))}


def _subscriptions() -> Iterable[Row]:
    yield _subscription("annual", mrr=None, amount=1200, billing_period="annual", discount_ratio=Decimal("0.25"))
    yield _subscription("paused")
    yield _subscription("paused", status="paused", recorded=_before(100))
    yield _subscription("unpaid")
    yield _subscription("unpaid", status="past_due", recorded=_before(40))
    yield _subscription("deleted")
    yield _subscription("deleted", is_deleted=True, recorded=_before(30))
    yield _subscription("switch", "switch_old")
    yield _subscription("switch", "switch_old", ended_on=_before(30), recorded=_before(30))
    yield _subscription("switch", "switch_new", mrr=130, started_on=_before(30), recorded=_before(30))
    yield _subscription("dip")
    yield _subscription("dip", mrr=60, recorded=_before(25))
    yield _subscription("dip", mrr=100, recorded=_before(5))
    yield _subscription("late_start", started_on=_before(50), recorded=_before(40))
    yield _subscription("late_end")
    yield _subscription("late_end", ended_on=_before(16), recorded=_before(10))
    yield _subscription("free", mrr=0)
    yield _subscription("euro", currency="EUR")
    yield _subscription("returned", ended_on=_before(60), recorded=_before(60))
    yield _subscription("returned")
    yield _subscription("returned", "returned_again", started_on=_before(20), mrr=80, recorded=_before(20))
    yield _subscription("trial", status="trialing")
    yield _subscription("trial", status="active", recorded=_before(33))
    yield _subscription("gifted")
    yield _subscription("gifted", status="trialing", recorded=_before(45))
    yield _subscription("gifted", status="active", recorded=_before(15))
    yield _subscription("old", mrr=70)
    yield _subscription("new", mrr=30)
    yield _subscription("notice", notice_on=_before(30), ended_on=DAY + timedelta(days=9), recorded=_before(30))
    yield _subscription("notice")


def _land(company: Company, rows: Iterable[tuple[str, Row]]) -> None:
    by_table: dict[str, list[Row]] = {}
    for table, row in rows:
        by_table.setdefault(table, []).append(row)
    for table, found in by_table.items():
        company.land(table, found)


MOVED = {
    ("deleted", "churn", _before(30), _before(30), -100, "voluntary", "deleted"),
    ("dip", "contraction", _before(25), _before(25), -40, "contraction", None),
    ("dip", "expansion", _before(5), _before(5), 40, None, None),
    ("euro", "fx", date(2026, 1, 1), date(2026, 1, 1), 1, None, None),
    ("late_end", "churn", _before(10), _before(16), -100, "voluntary", "price"),
    ("late_start", "new", _before(40), _before(50), 100, None, None),
    ("new", "merge", _before(20), _before(20), 70, None, None),
    ("old", "merge", _before(20), _before(20), -70, None, None),
    ("paused", "contraction", _before(10), _before(10), -100, "contraction", "paused"),
    ("returned", "churn", _before(60), _before(60), -100, "voluntary", "ended"),
    ("returned", "reactivation", _before(20), _before(20), 80, None, None),
    ("switch", "expansion", _before(30), _before(30), -100, None, None),
    ("switch", "expansion", _before(30), _before(30), 130, None, None),
    ("trial", "new", _before(33), _before(33), 100, None, None),
    ("unpaid", "churn", _before(10), _before(10), -100, "involuntary", "past_due"),
}
HELD = {
    "annual": 75, "dip": 100, "euro": 117, "free": 0, "gifted": 100, "late_start": 100, "new": 100, "notice": 100,
    "paused": 0, "returned": 80, "switch": 130, "trial": 100,
}  # fmt: skip
RESTATED = [
    ("late_end", _before(16), _before(11), 6, 100, 0, "ended before it was known"),
    ("late_start", _before(50), _before(41), 10, 0, 100, "started before it was known"),
]


@pytest.mark.slow
def test_each_policy_books_what_it_says_and_all_reconciliations_hold(company: Company) -> None:
    _land(company, _story())

    transform.invoke(company.run(DAY), "build", *transform.SCOPE)

    moved = company.rows(
        "select account_id, movement_type, as_of_date, effective_on, mrr_delta_usd, churn_kind, reason"
        f" from marts.fct_subscription_movement where as_of_date > date '{START}'"
    )
    held = company.rows(f"select account_id, mrr_usd from marts.mrr_daily where as_of_date = date '{DAY}'")
    restated = company.rows(
        "select account_id, min(restated_on), max(restated_on), count(*), min(old_value), min(new_value), cause"
        " from intermediate.int_restatements__mrr group by account_id, cause order by account_id"
    )
    n_wrong = len(set(moved) ^ MOVED) + len(set(held) ^ set(HELD.items()))
    figure(
        "F25 movements and amounts that differ, of gapped, touching, open and zero-length contracts",
        f"{n_wrong} of {len(MOVED) + len(HELD)}",
        "0",
    )
    assert set(moved) == MOVED
    assert len(moved) == len(MOVED)
    assert dict(held) == HELD
    assert restated == RESTATED


def _books(company: Company) -> dict[str, list[str]]:
    return {
        mart: [row for (row,) in company.rows(f"select t::text from marts.{mart} as t order by 1")] for mart in BOOKS
    }


@pytest.mark.slow
def test_books_kept_in_steps_with_a_late_delivery_equal_books_kept_at_once(
    company: Company, other_company: Company
) -> None:
    """One account's rows come only with the last step, after evenings that should have known them were booked."""
    rows = list(_story())
    _land(company, rows)
    transform.invoke(company.run(DAY), "run")
    late = [row for row in rows if row[1]["account_id"] == "dip"]
    _land(other_company, [row for row in rows if row not in late and row[1]["recorded_at"] < at(_before(30), 0)])
    transform.invoke(other_company.run(_before(31)), "run")
    _land(other_company, [row for row in rows if row in late or row[1]["recorded_at"] >= at(_before(30), 0)])
    transform.invoke(other_company.run(DAY), "build", *transform.SCOPE)
    transform.invoke(other_company.run(_before(12)), "run")

    at_once, in_steps = _books(company), _books(other_company)

    assert len(at_once["mrr_daily"]) > 150 * 10
    assert in_steps == at_once
