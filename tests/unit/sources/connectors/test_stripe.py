"""Stripe's objects as its API reference has them, and the canonical rows that they give."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from copilot.sources.api.connector import READ_AT
from copilot.sources.connectors.stripe import STRIPE
from copilot.sources.connectors.stripe_bills import charge_rows, credit_rows, invoice_rows, refund_rows
from copilot.sources.connectors.stripe_contracts import bill_of, departure_rows, subscription_rows

OPTIONS: Mapping[str, str] = STRIPE.options
READ = "2026-07-01T06:00:00+00:00"


def at(*parts: int) -> int:
    """Seconds, as Stripe writes an instant."""
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


def an_item(each: str = "1250", seats: int = 4, **changes: Any) -> dict[str, Any]:
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"} | changes.pop("recurring", {})
    price = {"nickname": "growth", "product": "prod_1", "unit_amount_decimal": each, "recurring": recurring}
    return {"quantity": seats, "price": price, **changes}


def a_subscription(**changes: Any) -> dict[str, Any]:
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "created": at(2026, 1, 10, 9),
        "start_date": at(2026, 1, 10),
        "currency": "usd",
        "items": {"data": [an_item()]},
        "metadata": {},
        READ_AT: READ,
        "invoices": [],
        **changes,
    }


def an_invoice(created: int, seats: int, **changes: Any) -> dict[str, Any]:
    lines = [{**an_item(seats=seats), "type": "subscription", "proration": False, "amount": 0}]
    return {"created": created, "lines": {"data": lines}, **changes}


def rows_of(subscription: dict[str, Any], options: Mapping[str, str] = OPTIONS) -> list[dict[str, Any]]:
    return list(subscription_rows(subscription, options))


def an_event(kind: str, shown: dict[str, Any], created: int) -> dict[str, Any]:
    return {"object": "event", "type": kind, "created": created, "data": {"object": shown}, READ_AT: READ}


def test_a_bill_tells_the_term_that_was_agreed_on_its_day_and_none_that_it_does_not_name() -> None:
    agreed = {"term_ends_on": "2026-07-10", "auto_renew": "false"}
    bills = [
        bill_of(an_invoice(at(2026, 1, 10, 9), 4)),
        bill_of(an_invoice(at(2026, 2, 10, 9), 4, subscription_details={"metadata": agreed})),
        bill_of(an_invoice(at(2026, 3, 10, 9), 4, subscription_details={"metadata": {}})),
    ]
    told = rows_of(a_subscription(invoices=bills, metadata={"term_ends_on": "2027-07-10", "auto_renew": "true"}))

    known = {row["recorded_at"].date(): (row.get("term_ends_on"), row.get("auto_renew")) for row in told}
    assert known == {
        date(2026, 1, 10): (None, None),
        date(2026, 2, 10): ("2026-07-10", "false"),
        date(2026, 3, 10): (None, "false"),
        date(2026, 7, 1): ("2027-07-10", "true"),
    }


def test_what_a_list_does_not_date_is_known_since_it_was_read() -> None:
    first, last = rows_of(a_subscription())

    assert first["recorded_at"] == datetime(2026, 1, 10, 9, tzinfo=UTC)
    assert "mrr" not in first
    assert last["recorded_at"] == datetime.fromisoformat(READ)
    assert (last["mrr"], last["seats"], last["plan"]) == (Decimal("50.00"), 4, "growth")


def test_each_bill_dates_the_price_that_it_names() -> None:
    bills = [bill_of(an_invoice(at(2026, 1, 10, 9), 2)), bill_of(an_invoice(at(2026, 4, 10, 9), 3))]
    told = rows_of(a_subscription(invoices=bills))

    assert [(row["recorded_at"].month, row["seats"], row["mrr"]) for row in told] == [
        (1, 2, Decimal("25.00")),
        (4, 3, Decimal("37.50")),
        (7, 4, Decimal("50.00")),
    ]


def test_a_bill_for_a_part_of_the_period_names_no_price() -> None:
    part = an_invoice(at(2026, 2, 1), 9)
    part["lines"]["data"][0]["proration"] = True

    assert all(row.get("seats") != 9 for row in rows_of(a_subscription(invoices=[bill_of(part)])))


def test_a_trial_costs_nothing_whatever_its_bill_says_it_will() -> None:
    bills = [bill_of(an_invoice(at(2026, 1, 10, 9), 2)), bill_of(an_invoice(at(2026, 1, 24, 10), 2))]
    told = rows_of(a_subscription(trial_end=at(2026, 1, 24, 9), invoices=bills))

    assert [(row["status"], row["is_trial"], row["mrr"]) for row in told[:3]] == [
        ("trialing", True, Decimal(0)),
        ("active", False, Decimal(0)),
        ("active", False, Decimal("25.00")),
    ]


def test_an_end_is_known_since_notice_and_not_before() -> None:
    bills = [bill_of(an_invoice(at(2026, 1, 10, 9), 4))]
    told = rows_of(
        a_subscription(
            canceled_at=at(2026, 5, 2, 8), cancel_at=at(2026, 8, 10), cancellation_details={}, invoices=bills
        )
    )

    assert [(row["recorded_at"].month, row.get("notice_on"), row.get("ended_on")) for row in told] == [
        (1, None, None),
        (5, date(2026, 5, 2), date(2026, 8, 10)),
        (7, date(2026, 5, 2), date(2026, 8, 10)),
    ]
    assert {row["status"] for row in told} == {"active"}


def test_an_unpaid_end_was_nobodys_notice_and_is_an_involuntary_departure() -> None:
    ended = a_subscription(
        status="canceled",
        canceled_at=at(2026, 5, 2, 8),
        ended_at=at(2026, 5, 2, 8),
        cancellation_details={"reason": "payment_failed"},
    )

    last = rows_of(ended)[-1]
    assert (last["status"], last["notice_on"], last["ended_on"]) == ("cancelled", None, date(2026, 5, 2))
    (left,) = departure_rows(ended)
    assert (left["kind"], left["reason"], left["churned_on"]) == ("involuntary", "payment_failed", date(2026, 5, 2))


@pytest.mark.parametrize(("status", "ours"), [("incomplete", "trialing"), ("incomplete_expired", "cancelled")])
def test_a_subscription_whose_first_bill_was_never_paid_was_never_active_and_nobody_left(
    status: str, ours: str
) -> None:
    unpaid = a_subscription(
        status=status, ended_at=at(2026, 1, 11), invoices=[bill_of(an_invoice(at(2026, 1, 10, 9), 4))]
    )

    assert [row["status"] for row in rows_of(unpaid)] == [ours]
    assert list(departure_rows(unpaid)) == []


def test_what_a_leaver_chose_to_say_is_the_reason() -> None:
    details = {"reason": "cancellation_requested", "feedback": "too_expensive"}
    (left,) = departure_rows(a_subscription(status="canceled", ended_at=at(2026, 5, 2), cancellation_details=details))

    assert (left["kind"], left["reason"]) == ("voluntary", "price")


def test_a_later_reading_of_the_list_tells_only_what_holds() -> None:
    again = a_subscription(canceled_at=at(2026, 5, 2, 8), cancel_at=at(2026, 8, 10))
    del again["invoices"]
    (row,) = rows_of(again)

    assert (row["recorded_at"], row["seats"]) == (datetime.fromisoformat(READ), 4)


def test_an_event_tells_one_version_of_its_own_instant() -> None:
    (row,) = subscription_rows(an_event("customer.subscription.updated", a_subscription(), at(2026, 6, 3, 7)), OPTIONS)

    assert (row["recorded_at"], row["seats"]) == (datetime(2026, 6, 3, 7, tzinfo=UTC), 4)


@pytest.mark.parametrize(
    ("changes", "mrr"),
    [
        ({"items": {"data": [an_item("120000", 1, recurring={"interval": "year"})]}}, "100.00"),
        ({"items": {"data": [an_item("30000", 1, recurring={"interval_count": 3})]}}, "100.00"),
        ({"items": {"data": [an_item("1200", 1, recurring={"interval": "week"})]}}, "52.00"),
        ({"items": {"data": [an_item("1250", 4), an_item("2000", 1)]}}, "70.00"),
        ({"items": {"data": [an_item("1250", 4), an_item("5", 9, recurring={"usage_type": "metered"})]}}, "50.00"),
        ({"discount": {"coupon": {"percent_off": 20.0, "duration": "forever"}}}, "40.00"),
        ({"discount": {"coupon": {"amount_off": 500, "duration": "repeating"}}}, "45.00"),
        ({"discount": {"coupon": {"percent_off": 100.0, "duration": "once"}}}, "50.00"),
        ({"currency": "jpy"}, "5000"),
        ({"currency": "bhd"}, "5.000"),
    ],
    ids=["a year", "a quarter", "a week", "two items", "metered use", "percent", "amount", "once", "yen", "dinar"],
)
def test_the_price_a_month_is_net_of_lasting_discounts(changes: dict[str, Any], mrr: str) -> None:
    assert rows_of(a_subscription(**changes))[-1]["mrr"] == Decimal(mrr)


def test_the_term_and_its_renewal_come_from_the_metadata_that_the_company_chose() -> None:
    options = {**OPTIONS, "term_end_key": "contract_end", "auto_renew_key": "renews"}
    row = rows_of(a_subscription(metadata={"contract_end": "2026-12-31", "renews": "false"}), options)[-1]

    assert (row["term_ends_on"], row["auto_renew"]) == ("2026-12-31", "false")


def test_a_pause_is_a_status_although_stripe_calls_it_active() -> None:
    assert rows_of(a_subscription(pause_collection={"behavior": "void"}))[-1]["status"] == "paused"


INVOICE = {
    "id": "in_1",
    "customer": "cus_1",
    "subscription": "sub_1",
    "status": "paid",
    "currency": "eur",
    "total": 12345,
    "due_date": at(2026, 3, 31),
    "status_transitions": {"finalized_at": at(2026, 3, 1, 8), "paid_at": at(2026, 3, 20, 8)},
    "lines": {"data": [{"type": "subscription", "period": {"start": at(2026, 3, 1), "end": at(2026, 4, 1)}}]},
    READ_AT: READ,
}


def test_an_invoice_is_open_until_it_is_paid() -> None:
    told = list(invoice_rows(INVOICE))

    assert [(row["status"], row.get("paid_on"), row["recorded_at"].day) for row in told] == [
        ("open", None, 1),
        ("paid", date(2026, 3, 20), 20),
    ]
    assert {(row["amount"], row["due_on"], row["period_end_on"]) for row in told} == {
        (Decimal("123.45"), date(2026, 3, 31), date(2026, 4, 1))
    }


def test_a_draft_is_no_invoice() -> None:
    assert list(invoice_rows({**INVOICE, "status_transitions": {"finalized_at": None}})) == []


def test_an_event_of_an_invoice_says_nothing_of_what_came_after_it() -> None:
    (row,) = invoice_rows(an_event("invoice.finalized", INVOICE, at(2026, 3, 1, 8)))

    assert (row["status"], row.get("paid_on")) == ("open", None)


def test_a_credit_note_is_a_negative_invoice_and_a_void_one_is_void() -> None:
    note = {
        "id": "cn_1",
        "customer": "cus_1",
        "total": 500,
        "currency": "usd",
        "created": at(2026, 3, 5),
        READ_AT: READ,
    }
    (row,) = credit_rows(note)
    assert (row["amount"], row["status"], row["paid_on"]) == (Decimal("-5.00"), "paid", date(2026, 3, 5))

    assert [row["status"] for row in credit_rows({**note, "voided_at": at(2026, 3, 9)})] == ["paid", "void"]


CHARGE = {
    "id": "ch_1",
    "customer": "cus_1",
    "invoice": "in_1",
    "status": "failed",
    "amount": 990,
    "currency": "usd",
    "created": at(2026, 3, 1, 9),
    "failure_code": "card_declined",
    "payment_method_details": {"type": "card"},
    READ_AT: READ,
}


def test_a_card_tells_its_result_at_once_and_a_debit_when_it_is_seen() -> None:
    (card,) = charge_rows(CHARGE)
    (debit,) = charge_rows({**CHARGE, "payment_method_details": {"type": "sepa_debit"}})

    assert (card["status"], card["failure_reason"], card["amount"]) == ("failed", "card_declined", Decimal("9.90"))
    assert card["recorded_at"] == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert debit["recorded_at"] == datetime.fromisoformat(READ)


def test_an_attempt_without_a_result_is_none_yet() -> None:
    assert list(charge_rows({**CHARGE, "status": "pending"})) == []


def test_a_refund_belongs_to_the_customer_of_its_charge_and_nothing_went_back_if_it_failed() -> None:
    refund = {"id": "re_1", "charge": "ch_1", "status": "succeeded", "amount": 300, "currency": "usd"}
    refund |= {"created": at(2026, 3, 8), READ_AT: READ, "refunded_charge": CHARGE}
    (row,) = refund_rows(refund)
    assert (row["account_id"], row["invoice_id"], row["amount"]) == ("cus_1", "in_1", Decimal("-3.00"))

    (failed,) = refund_rows({**refund, "status": "failed"})
    assert (failed["amount"], failed["recorded_at"]) == (0, datetime.fromisoformat(READ))
