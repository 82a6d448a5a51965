"""Stripe's subscriptions as versions: what their own dates tell, and what their invoices say they cost when.

https://docs.stripe.com/api/subscriptions/object (version 2024-06-20). A subscription does not say since when it has its
price and quantity, nor its metadata; each invoice of it does, for its own day (`subscription_details`).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from copilot.sources.api.connector import Record, Row
from copilot.sources.api.history import day_of, instant, needed_instant
from copilot.sources.connectors import money
from copilot.sources.connectors.contracts import FREE, Course, Price, contract_versions
from copilot.sources.connectors.stripe_bills import object_of, told

_STATUS = {
    "incomplete": "trialing",
    "incomplete_expired": "cancelled",
    "canceled": "cancelled",
    "unpaid": "past_due",
}
# Whose first bill is not paid yet, or was not paid within a day and never will be.
_NEVER_BEGAN = {"incomplete", "incomplete_expired"}
# Discounts that end after one bill are no part of the recurring price.
_RECURRING = {"forever", "repeating"}
# Why Stripe itself ends a subscription; everything else is the customer's wish.
_UNPAID = {"payment_failed", "payment_disputed"}
# Stripe's own list of what a customer may say when leaving, in the words of the reasons that others give.
_REASONS = {
    "too_expensive": "price",
    "switched_service": "competitor",
    "unused": "low_adoption",
    "customer_service": "support",
    "low_quality": "quality",
    "too_complex": "complexity",
}


def subscription_rows(record: Record, options: Mapping[str, str]) -> Iterator[Row]:
    """One version of an event, or of a list's record as it was read; the first time all that can be told."""
    subscription, at = told(record)
    lasting, now = _lasting(subscription), _now(subscription, options)
    if "invoices" not in record or subscription["status"] in _NEVER_BEGAN:
        yield {**lasting, **now, "recorded_at": at}
        return
    course = Course(
        needed_instant(record["created"]),
        instant(record.get("trial_end")),
        instant(record.get("canceled_at")),
        instant(record.get("ended_at")),
    )
    yield from contract_versions(lasting, course, _ending(record), _bills(record, options), now, at)


def departure_rows(record: Record) -> Iterator[Row]:
    """The departure of a subscription that has ended, unless it never began."""
    subscription = object_of(record)
    ended = instant(subscription.get("ended_at"))
    if ended is None or subscription["status"] in _NEVER_BEGAN:
        return
    details = subscription.get("cancellation_details") or {}
    said = details.get("feedback")
    yield {
        "churn_event_id": f"end/{subscription['id']}",
        "account_id": subscription["customer"],
        "churned_on": ended.date(),
        "kind": "involuntary" if details.get("reason") in _UNPAID else "voluntary",
        "reason": details["reason"] if details.get("reason") in _UNPAID else _REASONS.get(str(said), said),
        "recorded_at": ended,
    }


def _lasting(subscription: Record) -> Row:
    return {
        "subscription_id": subscription["id"],
        "account_id": subscription["customer"],
        "started_on": day_of(subscription.get("start_date") or subscription["created"]),
        "currency": subscription["currency"].upper(),
        "is_deleted": False,
    }


def _now(subscription: Record, options: Mapping[str, str]) -> Row:
    """What the subscription says of today."""
    status = _STATUS.get(subscription["status"], subscription["status"])
    ends_by_itself = day_of(subscription.get("cancel_at")) is not None
    return {
        "status": "paused" if subscription.get("pause_collection") else status,
        **_ending(subscription),
        "auto_renew": not ends_by_itself,
        **_term(subscription.get("metadata") or {}, options),
        **_price(subscription["items"]["data"], subscription.get("discount"), subscription["currency"]),
        **(FREE if status == "trialing" else {}),
    }


def _ending(subscription: Record) -> Row:
    """When notice was given, and the end that it brings."""
    if not subscription.get("canceled_at"):
        return {"notice_on": None, "ended_on": None}
    ended = subscription.get("ended_at") or subscription.get("cancel_at")
    details = subscription.get("cancellation_details") or {}
    by_customer = details.get("reason") not in _UNPAID
    return {"notice_on": day_of(subscription["canceled_at"]) if by_customer else None, "ended_on": day_of(ended)}


def _term(metadata: Record, options: Mapping[str, str]) -> Row:
    """The end of the term, and whether it renews, as far as the metadata says so."""
    renews = metadata.get(options["auto_renew_key"])
    said = {} if renews is None else {"auto_renew": renews}
    return {"term_ends_on": metadata.get(options["term_end_key"]) or None, **said}


def _bills(subscription: Record, options: Mapping[str, str]) -> Iterator[tuple[datetime, Row]]:
    """What the invoices beside a subscription say of its price and its term, each on its day."""
    for invoice in subscription.get("invoices") or ():
        if lines := invoice["lines"]:
            term = {} if invoice["metadata"] is None else _term(invoice["metadata"], options)
            price = _price(lines, invoice.get("discount"), subscription["currency"])
            yield needed_instant(invoice["created"]), {**price, **term}


def bill_of(invoice: Record) -> Record:
    """What an invoice says of its subscription: discount, lines of the period to come, and its metadata on that day."""
    lines = [
        line for line in invoice["lines"]["data"] if line.get("type") == "subscription" and not line.get("proration")
    ]
    metadata = (invoice.get("subscription_details") or {}).get("metadata")
    return {"created": invoice["created"], "discount": invoice.get("discount"), "lines": lines, "metadata": metadata}


def _price(lines: list[Record], discount: Record | None, currency: str) -> Row:
    """Plan, seats and recurring price out of items or lines with a `price` and a `quantity`; metered use has none."""
    fixed = [line for line in lines if line["price"]["recurring"].get("usage_type", "licensed") == "licensed"]
    if not fixed:
        return {}
    amounts = [_amount(line, currency) for line in fixed]
    gross = sum(amounts, Decimal(0))
    main = fixed[amounts.index(max(amounts))]["price"]
    return Price(
        plan=main.get("nickname") or main.get("lookup_key") or main["product"],
        seats=max(line.get("quantity") or 0 for line in fixed),
        gross=gross,
        net=gross - _taken_off(gross, discount, currency),
        unit=main["recurring"]["interval"],
        count=main["recurring"]["interval_count"],
        currency=currency,
    ).row()


def _amount(line: Record, currency: str) -> Decimal:
    price = line["price"]
    each = price["unit_amount_decimal"] if price.get("unit_amount_decimal") is not None else price["unit_amount"]
    return money.in_units(each, currency) * (line.get("quantity") or 0)


def _taken_off(gross: Decimal, discount: Record | None, currency: str) -> Decimal:
    coupon: Mapping[str, Any] = (discount or {}).get("coupon") or {}
    if coupon.get("duration") not in _RECURRING:
        return Decimal(0)
    if coupon.get("percent_off") is not None:
        return gross * Decimal(str(coupon["percent_off"])) / 100
    return money.in_units(coupon.get("amount_off") or 0, currency)
