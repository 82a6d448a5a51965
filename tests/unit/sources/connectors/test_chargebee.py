"""Chargebee's resources as its API reference has them, and the canonical rows that they give."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from copilot.sources.api.connector import Stream
from copilot.sources.connectors.chargebee import CHARGEBEE
from copilot.sources.connectors.chargebee_bills import credit_rows, customer_rows, invoice_rows, transaction_rows
from copilot.sources.connectors.chargebee_contracts import bill_of, departure_rows, subscription_rows

OPTIONS: Mapping[str, str] = CHARGEBEE.options


def at(*parts: int) -> int:
    """Seconds, as Chargebee writes an instant."""
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


def a_plan(each: int = 1250, seats: int = 4, **changes: Any) -> dict[str, Any]:
    return {"item_price_id": "growth-usd", "item_type": "plan", "quantity": seats, "unit_price": each, **changes}


def a_subscription(beside: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    subscription = {
        "id": "sub_1",
        "customer_id": "cus_1",
        "status": "active",
        "created_at": at(2026, 1, 10, 9),
        "started_at": at(2026, 1, 10),
        "updated_at": at(2026, 7, 1, 6),
        "currency_code": "USD",
        "billing_period": 1,
        "billing_period_unit": "month",
        "subscription_items": [a_plan()],
        **changes,
    }
    return {"subscription": subscription, "invoices": [], **(beside or {})}


def a_bill(on: int, seats: int, **changes: Any) -> dict[str, Any]:
    line = {"entity_type": "plan_item_price", "entity_id": "growth-usd", "quantity": seats, "unit_amount": 1250}
    return bill_of({"invoice": {"date": on, "line_items": [line], **changes}})


def rows_of(record: dict[str, Any], options: Mapping[str, str] = OPTIONS) -> list[dict[str, Any]]:
    return list(subscription_rows(record, options))


def test_each_bill_dates_the_price_that_it_names() -> None:
    bills = [a_bill(at(2026, 1, 10, 9), 2), a_bill(at(2026, 4, 10, 9), 3)]
    told = rows_of(a_subscription({"invoices": bills}))

    assert [(row["recorded_at"].month, row["seats"], row["mrr"]) for row in told] == [
        (1, 2, Decimal("25.00")),
        (4, 3, Decimal("37.50")),
        (7, 4, Decimal("50.00")),
    ]


def test_a_single_charge_names_no_price() -> None:
    charge = {"entity_type": "charge_item_price", "quantity": 1, "unit_amount": 99}
    told = rows_of(
        a_subscription({"invoices": [bill_of({"invoice": {"date": at(2026, 2, 1), "line_items": [charge]}})]})
    )

    assert [row.get("seats") for row in told] == [None, 4]


def test_a_scheduled_end_is_known_since_it_was_scheduled() -> None:
    told = rows_of(
        a_subscription(
            status="non_renewing", cancelled_at=at(2026, 8, 10), cancel_schedule_created_at=at(2026, 5, 2, 8)
        )
    )

    assert [(row["recorded_at"].month, row["status"], row.get("notice_on"), row.get("ended_on")) for row in told] == [
        (1, "active", None, None),
        (5, "active", date(2026, 5, 2), date(2026, 8, 10)),
        (7, "active", date(2026, 5, 2), date(2026, 8, 10)),
    ]


def test_an_unpaid_end_was_nobodys_notice_and_is_an_involuntary_departure() -> None:
    record = a_subscription(status="cancelled", cancelled_at=at(2026, 5, 2, 8), cancel_reason="not_paid")

    last = rows_of(record)[-1]
    assert (last["status"], last["notice_on"], last["ended_on"]) == ("cancelled", None, date(2026, 5, 2))
    (left,) = departure_rows(record)
    assert (left["kind"], left["reason"], left["churned_on"]) == ("involuntary", "payment_failed", date(2026, 5, 2))


def test_a_later_reading_tells_only_what_holds() -> None:
    again = a_subscription(status="non_renewing", cancelled_at=at(2026, 8, 10))
    del again["invoices"]
    (row,) = rows_of(again)

    assert (row["recorded_at"].month, row["ended_on"]) == (7, date(2026, 8, 10))


def test_who_has_not_left_has_no_departure() -> None:
    assert list(departure_rows(a_subscription(status="non_renewing", cancelled_at=at(2026, 8, 10)))) == []


def test_a_deleted_subscription_is_a_row_that_says_so() -> None:
    assert rows_of(a_subscription(deleted=True))[-1]["is_deleted"] is True


def test_an_invoice_that_is_due_makes_the_contract_past_due() -> None:
    assert rows_of(a_subscription(due_since=at(2026, 6, 1)))[-1]["status"] == "past_due"


def test_a_trial_costs_nothing() -> None:
    first, *_ = rows_of(a_subscription(status="in_trial", trial_end=at(2026, 1, 24, 9), updated_at=at(2026, 1, 11)))

    assert (first["status"], first["mrr"], first["is_trial"]) == ("trialing", Decimal(0), True)


HALF = {"coupon": {"id": "half", "discount_type": "percentage", "discount_percentage": 50, "duration_type": "forever"}}
FIVER = {"coupon": {"id": "fiver", "discount_type": "fixed_amount", "discount_amount": 500, "duration_type": "forever"}}
ONCE = {"coupon": {**HALF["coupon"], "id": "once", "duration_type": "one_time"}}


@pytest.mark.parametrize(
    ("changes", "mrr"),
    [
        ({"billing_period_unit": "year", "subscription_items": [a_plan(120000, 1)]}, "100.00"),
        ({"billing_period": 3, "subscription_items": [a_plan(30000, 1)]}, "100.00"),
        ({"subscription_items": [a_plan(), {**a_plan(2000, 1), "item_type": "addon"}]}, "70.00"),
        ({"subscription_items": [a_plan(), {**a_plan(9900, 1), "item_type": "charge"}]}, "50.00"),
        ({"subscription_items": [a_plan(unit_price_in_decimal="12.345")]}, "49.38"),
        ({"subscription_items": [a_plan(pricing_model="volume", amount=4200)]}, "42.00"),
        ({"coupons": [{"coupon_id": "half"}]}, "25.00"),
        ({"coupons": [{"coupon_id": "fiver"}]}, "45.00"),
        ({"coupons": [{"coupon_id": "once"}]}, "50.00"),
    ],
    ids=["a year", "a quarter", "addon", "single charge", "fine price", "by steps", "percent", "amount", "once"],
)
def test_the_price_a_month_is_net_of_lasting_discounts(changes: dict[str, Any], mrr: str) -> None:
    record = a_subscription({"coupons": [HALF, FIVER, ONCE]}, **changes)

    assert rows_of(record)[-1]["mrr"] == Decimal(mrr)


def test_the_term_comes_from_the_contract_or_from_a_field_of_the_company() -> None:
    term = {"contract_end": at(2026, 12, 31), "action_at_term_end": "cancel"}
    row = rows_of(a_subscription(contract_term=term))[-1]
    assert (row["term_ends_on"], row["auto_renew"]) == (date(2026, 12, 31), False)

    own = rows_of(a_subscription(cf_term="2027-01-31"), {**OPTIONS, "term_end_field": "cf_term"})[-1]
    assert (own["term_ends_on"], own["auto_renew"]) == ("2027-01-31", True)


INVOICE = {
    "id": "in_1",
    "customer_id": "cus_1",
    "subscription_id": "sub_1",
    "status": "paid",
    "currency_code": "EUR",
    "total": 12345,
    "date": at(2026, 3, 1, 8),
    "due_date": at(2026, 3, 31),
    "paid_at": at(2026, 3, 20, 8),
    "updated_at": at(2026, 3, 20, 8),
    "line_items": [{"entity_type": "plan_item_price", "date_from": at(2026, 3, 1), "date_to": at(2026, 4, 1)}],
}


def test_an_invoice_is_open_until_it_is_paid() -> None:
    told = list(invoice_rows({"invoice": INVOICE}))

    assert [(row["status"], row.get("paid_on"), row["recorded_at"].day) for row in told] == [
        ("open", None, 1),
        ("paid", date(2026, 3, 20), 20),
    ]
    assert {(row["amount"], row["due_on"], row["period_end_on"]) for row in told} == {
        (Decimal("123.45"), date(2026, 3, 31), date(2026, 4, 1))
    }


def test_a_draft_is_no_invoice() -> None:
    assert list(invoice_rows({"invoice": {**INVOICE, "status": "pending"}})) == []


def test_a_credit_note_is_a_negative_invoice() -> None:
    note = {"id": "cn_1", "customer_id": "cus_1", "total": 500, "currency_code": "USD", "date": at(2026, 3, 5)}
    (row,) = credit_rows({"credit_note": {**note, "updated_at": at(2026, 3, 5)}})

    assert (row["amount"], row["status"], row["paid_on"]) == (Decimal("-5.00"), "paid", date(2026, 3, 5))


TRIED = {"id": "t1", "customer_id": "cus_1", "currency_code": "USD", "amount": 990, "date": at(2026, 3, 1, 9)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"type": "payment", "status": "success"}, [("succeeded", Decimal("9.90"))]),
        ({"type": "payment", "status": "failure"}, [("failed", Decimal("9.90"))]),
        ({"type": "payment", "status": "in_progress"}, []),
        ({"type": "authorization", "status": "success"}, []),
        ({"type": "refund", "status": "success"}, [("refunded", Decimal("-9.90"))]),
        ({"type": "refund", "status": "failure"}, []),
    ],
)
def test_a_transaction_is_an_attempt_or_what_went_back(
    changes: dict[str, Any], told: list[tuple[str, Decimal]]
) -> None:
    rows = transaction_rows({"transaction": {**TRIED, **changes}})

    assert [(row["status"], row["amount"]) for row in rows] == told


def test_a_refund_names_the_invoice_that_it_corrects() -> None:
    linked = [{"cn_id": "cn_1", "cn_reference_invoice_id": "in_1"}]
    (row,) = transaction_rows(
        {"transaction": {**TRIED, "type": "refund", "status": "success", "linked_credit_notes": linked}}
    )

    assert row["invoice_id"] == "in_1"


def test_a_customer_carries_the_id_of_the_crm_and_no_address_of_a_person() -> None:
    customer = {"id": "c", "company": "Acme", "email": "jane@acme.test", "cf_account_id": "acc_1"}
    (row,) = customer_rows({"customer": {**customer, "created_at": at(2026, 1, 1)}}, "cf_account_id")

    assert (row["account_id"], row["domain"]) == ("acc_1", "acme.test")
    assert "jane" not in str(row)


def test_a_bill_that_is_dated_after_its_payment_is_paid_from_its_first_day_on() -> None:
    late = {
        "id": "inv_1", "customer_id": "cus_1", "status": "paid", "currency_code": "USD", "total": 5000,
        "date": at(2026, 3, 10), "paid_at": at(2026, 3, 1), "updated_at": at(2026, 3, 10),
    }  # fmt: skip

    assert [(row["status"], row["paid_on"]) for row in invoice_rows({"invoice": late})] == [("paid", date(2026, 3, 10))]


def test_the_customer_beside_a_subscription_goes_no_further() -> None:
    subscriptions = next(one for one in CHARGEBEE.stream(OPTIONS) if one.name == "subscriptions")
    shown = {"subscription": {"id": "sub_1"}, "customer": {"id": "cus_1", "email": "jane@example.com"}}

    assert isinstance(subscriptions, Stream)
    assert subscriptions.whole({}, [shown]) == [{"subscription": {"id": "sub_1"}}]
