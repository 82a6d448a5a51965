"""Stripe's objects as they were at an instant, field for field as the API reference has them (version 2024-06-20)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from copilot.sandbox.vendors.answers import cents, midnight, seconds
from copilot.sandbox.vendors.billing_book import Bill, Book, Customer, Tariff, tariff
from copilot.sandbox.vendors.shelf import Held, Version

Made = dict[str, Any]
_PERIODS = {1: ("month", 1), 3: ("month", 3), 12: ("year", 1)}
# What a customer may choose from when leaving.
_FEEDBACK = {
    "support": "customer_service",
    "missing_features": "missing_features",
    "price": "too_expensive",
    "competitor": "switched_service",
    "low_adoption": "unused",
}


@dataclass(frozen=True)
class Thing:
    """An object over time: since when there is one, how it looks at an instant, and each event that befell it."""

    id: str
    made_at: datetime
    as_of: Callable[[datetime], Made]
    events: Sequence[tuple[datetime, str]]


def made_id(prefix: str, key: str) -> str:
    """The vendor's own id for one of our keys: the same for ever."""
    return f"{prefix}_{hashlib.sha256(f'{prefix}/{key}'.encode()).hexdigest()[:24]}"


def event_id(type_: str, at: datetime, thing: Thing) -> str:
    """The id of a change in the feed."""
    return made_id("evt", f"{type_}/{thing.id}/{at.isoformat()}")


def event(type_: str, at: datetime, thing: Thing) -> Made:
    """What the feed says of a change: the object as it was then."""
    return {
        "id": event_id(type_, at, thing),
        "object": "event",
        "api_version": "2024-06-20",
        "created": seconds(at),
        "type": type_,
        "data": {"object": thing.as_of(at)},
        "livemode": False,
    }


def customer(one: Customer) -> Thing:
    """Whom we bill."""
    own_id = made_id("cus", one.key)

    def as_of(_: datetime) -> Made:
        return {
            "id": own_id,
            "object": "customer",
            "created": seconds(one.created_at),
            "name": one.name,
            "email": f"billing@{one.domain}" if one.domain else None,
            "phone": None,
            "address": {"city": "Springfield", "line1": "1 Main Street"},
            "metadata": {"account_id": one.account_id} if one.account_id else {},
        }

    return Thing(own_id, one.created_at, as_of, [(one.created_at, "customer.created")])


def subscription(book: Book, key: str, held: Held) -> Thing:
    """A contract. Stripe deletes none: one that the company deleted has been ended at once."""
    own_id = made_id("sub", key)

    def as_of(at: datetime) -> Made:
        known = held.by(at) or held.first
        return {"id": own_id, **_subscription(book, key, known)}

    changed = [(version["recorded_at"], _change_of(version)) for version in held.versions[1:]]
    return Thing(own_id, held.created_at, as_of, [(held.created_at, "customer.subscription.created"), *changed])


def _change_of(version: Version) -> str:
    return "customer.subscription.deleted" if _is_over(version) else "customer.subscription.updated"


def _is_over(version: Version) -> bool:
    return bool(version["status"] == "cancelled" or version["is_deleted"])


def _subscription(book: Book, key: str, known: Held) -> Made:
    now, price = known.now, tariff(known)
    status = "canceled" if _is_over(now) else now["status"]
    is_paused = status == "paused"
    noticed = next((v["recorded_at"] for v in known.versions if v["ended_on"] or v["is_deleted"]), None)
    over = next((v["recorded_at"] for v in known.versions if _is_over(v)), None)
    ended = known.changed_at.date() if now["is_deleted"] else now["ended_on"]
    return {
        "object": "subscription",
        "customer": made_id("cus", str(now["account_id"])),
        "status": "active" if is_paused else status,
        "pause_collection": {"behavior": "void", "resumes_at": None} if is_paused else None,
        "created": seconds(known.created_at),
        "start_date": midnight(now["started_on"]),
        "trial_start": midnight(now["started_on"]) if now["is_trial"] else None,
        "trial_end": midnight(now["term_ends_on"]) if now["is_trial"] else None,
        "canceled_at": None if noticed is None else seconds(noticed),
        "cancel_at": midnight(ended) if ended and not over else None,
        "cancel_at_period_end": False,
        "ended_at": seconds(over) if over else None,
        "cancellation_details": _farewell(book, now, ended),
        "currency": price.currency.lower(),
        "discount": _discount(price),
        "items": {"object": "list", "data": [_line(f"si/{key}", price)], "has_more": False},
        "metadata": _metadata(now),
    }


def _metadata(contract: Version) -> Made:
    """What the company writes on its contracts, since Stripe has no place for it."""
    ends = {"term_ends_on": contract["term_ends_on"].isoformat()} if contract["term_ends_on"] else {}
    return {"auto_renew": "true" if contract["auto_renew"] else "false", **ends}


def _farewell(book: Book, now: Version, ended: date | None) -> Made:
    said = book.farewells.get((str(now["account_id"]), ended)) if ended else None
    if said is not None and said["kind"] == "involuntary":
        return {"reason": "payment_failed", "feedback": None, "comment": None}
    feedback = _FEEDBACK.get(said["reason"], "other") if said is not None else None
    return {"reason": "cancellation_requested" if ended else None, "feedback": feedback, "comment": None}


def _line(key: str, price: Tariff) -> Made:
    interval, count = _PERIODS[price.months]
    cents = (price.each * 100).normalize()
    return {
        "id": made_id("si", key),
        "quantity": price.seats,
        "price": {
            "id": made_id("price", f"{price.plan}/{price.each}/{price.months}/{price.currency}"),
            "object": "price",
            "nickname": price.plan,
            "product": made_id("prod", price.plan),
            "currency": price.currency.lower(),
            "billing_scheme": "per_unit",
            "unit_amount": int(cents) if cents == int(cents) else None,
            "unit_amount_decimal": f"{cents:f}",
            "recurring": {"interval": interval, "interval_count": count, "usage_type": "licensed"},
        },
    }


def _discount(price: Tariff) -> Made | None:
    if not price.discount:
        return None
    coupon = {"id": f"off_{price.discount}", "percent_off": float(price.discount * 100), "duration": "forever"}
    return {"object": "discount", "coupon": coupon}


def invoice(bill: Bill) -> Thing:
    """A bill."""
    own_id = made_id("in", bill.key)

    def as_of(at: datetime) -> Made:
        paid = bill.paid_at if bill.paid_at and bill.paid_at <= at else None
        void = bill.void_at if bill.void_at and bill.void_at <= at else None
        is_automatic = bill.due_on == bill.issued_at.date()
        return {
            "id": own_id,
            "object": "invoice",
            "customer": made_id("cus", bill.customer),
            "customer_email": "billing@example.com",
            "subscription": made_id("sub", bill.subscription) if bill.subscription else None,
            "status": "void" if void else "paid" if paid else "open",
            "created": seconds(bill.issued_at),
            "due_date": None if is_automatic else midnight(bill.due_on),
            "collection_method": "charge_automatically" if is_automatic else "send_invoice",
            "currency": bill.currency.lower(),
            "total": cents(bill.amount),
            "billing_reason": "subscription_cycle" if bill.tariff else "manual",
            "discount": _discount(bill.tariff) if bill.tariff else None,
            "subscription_details": {"metadata": _metadata(bill.contract) if bill.contract else None},
            "lines": {"object": "list", "data": [_bill_line(bill)], "has_more": False},
            "status_transitions": {
                "finalized_at": seconds(bill.issued_at),
                "paid_at": seconds(paid) if paid else None,
                "voided_at": seconds(void) if void else None,
                "marked_uncollectible_at": None,
            },
        }

    later = [(bill.paid_at, "invoice.paid"), (bill.void_at, "invoice.voided")]
    events = [(at, type_) for at, type_ in later if at]
    return Thing(own_id, bill.issued_at, as_of, [(bill.issued_at, "invoice.finalized"), *events])


def _bill_line(bill: Bill) -> Made:
    if bill.tariff is None or bill.period is None:
        return {"type": "invoiceitem", "amount": cents(bill.amount), "quantity": 1, "proration": False, "price": None}
    period = {"start": midnight(bill.period[0]), "end": midnight(bill.period[1])}
    line = {"type": "subscription", "amount": cents(bill.amount), "proration": False, "period": period}
    return line | _line(f"il/{bill.key}", bill.tariff)


def credit_note(key: str, held: Held) -> Thing:
    """Money that is owed back."""
    own_id = made_id("cn", key)

    def as_of(_: datetime) -> Made:
        now = held.now
        return {
            "id": own_id,
            "object": "credit_note",
            "customer": made_id("cus", str(now["account_id"])),
            "invoice": made_id("in", key.replace("crn_", "inv_")),
            "status": "issued",
            "created": seconds(held.created_at),
            "total": cents(-now["amount"]),
            "currency": now["currency"].lower(),
            "voided_at": None,
        }

    return Thing(own_id, held.created_at, as_of, [(held.created_at, "credit_note.created")])


def charge(key: str, held: Held) -> Thing:
    """An attempt to collect."""
    own_id = made_id("ch", key)

    def as_of(_: datetime) -> Made:
        now = held.now
        is_failed = now["status"] == "failed"
        return {
            "id": own_id,
            "object": "charge",
            "customer": made_id("cus", str(now["account_id"])),
            "invoice": made_id("in", now["invoice_id"]) if now["invoice_id"] else None,
            "status": now["status"],
            "created": seconds(now["attempted_at"]),
            "amount": cents(now["amount"]),
            "currency": now["currency"].lower(),
            "failure_code": now["failure_reason"] if is_failed else None,
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
            "billing_details": {"email": "billing@example.com", "name": "Jane Doe"},
        }

    type_ = "charge.failed" if held.now["status"] == "failed" else "charge.succeeded"
    return Thing(own_id, held.now["attempted_at"], as_of, [(held.now["attempted_at"], type_)])


def refund(key: str, held: Held, paid_by: str | None) -> Thing:
    """Money that went back, from the charge that had paid the invoice."""
    own_id = made_id("re", key)

    def as_of(_: datetime) -> Made:
        now = held.now
        return {
            "id": own_id,
            "object": "refund",
            "charge": made_id("ch", paid_by) if paid_by else None,
            "status": "succeeded",
            "created": seconds(now["attempted_at"]),
            "amount": cents(-now["amount"]),
            "currency": now["currency"].lower(),
        }

    return Thing(own_id, held.now["attempted_at"], as_of, [(held.now["attempted_at"], "refund.created")])
