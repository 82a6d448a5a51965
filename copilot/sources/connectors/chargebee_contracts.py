"""Chargebee's subscriptions as versions: their own dates, and what their invoices say they cost when.

https://apidocs.chargebee.com/docs/api/subscriptions (version 2, Product Catalog 2.0)
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from copilot.sources.api.connector import Record, Row
from copilot.sources.api.history import day_of, instant, needed_instant
from copilot.sources.connectors import money
from copilot.sources.connectors.contracts import FREE, Course, Price, contract_versions

_STATUS = {"future": "active", "in_trial": "trialing", "non_renewing": "active", "transferred": "cancelled"}
_RECURRING_ITEMS = {"plan": "plan", "addon": "addon", "plan_item_price": "plan", "addon_item_price": "addon"}
# Why Chargebee itself ends a subscription; everything else is the customer's wish.
_UNPAID = {"not_paid": "payment_failed", "no_card": "payment_failed", "fraud_review_failed": "fraud"}
_ONCE = "one_time"
_BY_STEPS = {"tiered", "volume", "stairstep"}


def subscription_rows(record: Record, options: Mapping[str, str]) -> Iterator[Row]:
    """One version since the last change; the first time all versions that can be told."""
    subscription = record["subscription"]
    lasting = {
        "subscription_id": subscription["id"],
        "account_id": subscription["customer_id"],
        "started_on": day_of(subscription.get("started_at") or subscription.get("start_date")),
        "currency": subscription["currency_code"],
        "is_deleted": False,
    }
    course = Course(
        needed_instant(subscription["created_at"]),
        instant(subscription.get("trial_end")),
        _noticed_at(subscription),
        instant(subscription.get("cancelled_at")) if subscription["status"] == "cancelled" else None,
    )
    coupons = {coupon["coupon"]["id"]: coupon["coupon"] for coupon in record.get("coupons") or ()}
    now = {
        "status": _status(subscription),
        **_ending(subscription),
        **_term(subscription, options),
        **_price(subscription["subscription_items"], subscription, coupons, subscription.get("coupons") or ()),
        **(FREE if subscription["status"] == "in_trial" else {}),
        "is_deleted": bool(subscription.get("deleted")),
    }
    changed = needed_instant(subscription["updated_at"])
    if "invoices" not in record:
        yield {**lasting, **now, "recorded_at": changed}
        return
    yield from contract_versions(
        lasting, course, _ending(subscription), _bills(record, subscription, coupons), now, changed
    )


def departure_rows(record: Record) -> Iterator[Row]:
    """The departure of a subscription that has ended."""
    subscription = record["subscription"]
    if subscription["status"] != "cancelled":
        return
    ended = needed_instant(subscription["cancelled_at"])
    yield {
        "churn_event_id": f"end/{subscription['id']}",
        "account_id": subscription["customer_id"],
        "churned_on": ended.date(),
        "kind": "involuntary" if subscription.get("cancel_reason") in _UNPAID else "voluntary",
        "reason": _UNPAID.get(subscription.get("cancel_reason"), subscription.get("cancel_reason_code")),
        "recorded_at": ended,
    }


def bill_of(record: Record) -> Record:
    """What an invoice says of its subscription's price: its recurring lines, and what was taken off by coupon."""
    invoice = record["invoice"]
    lines = [line for line in invoice.get("line_items") or () if line.get("entity_type") in _RECURRING_ITEMS]
    coupons = [one for one in invoice.get("discounts") or () if "coupon" in one.get("entity_type", "")]
    return {"date": invoice["date"], "lines": lines, "coupons": [{"coupon_id": one["entity_id"]} for one in coupons]}


def _status(subscription: Record) -> str:
    status = str(_STATUS.get(subscription["status"], subscription["status"]))
    return "past_due" if status == "active" and subscription.get("due_since") else status


def _ending(subscription: Record) -> Row:
    """When notice was given, and the end that it brings."""
    noticed = _noticed_at(subscription)
    if noticed is None:
        return {"notice_on": None, "ended_on": None}
    by_customer = subscription.get("cancel_reason") not in _UNPAID
    return {"notice_on": noticed.date() if by_customer else None, "ended_on": day_of(subscription["cancelled_at"])}


def _noticed_at(subscription: Record) -> datetime | None:
    """When the end was asked for: at once, or by scheduling it."""
    if not subscription.get("cancelled_at"):
        return None
    return instant(subscription.get("cancel_schedule_created_at") or subscription["cancelled_at"])


def _term(subscription: Record, options: Mapping[str, str]) -> Row:
    """The contract term where there is one; else it renews unless its end is set."""
    term = subscription.get("contract_term") or {}
    ends = subscription.get(options["term_end_field"]) if options["term_end_field"] else term.get("contract_end")
    action = term.get("action_at_term_end")
    renews = not subscription.get("cancelled_at") if action is None else action != "cancel"
    return {"term_ends_on": ends if isinstance(ends, str) else day_of(ends), "auto_renew": renews}


def _bills(record: Record, subscription: Record, coupons: Mapping[str, Record]) -> Iterator[tuple[datetime, Row]]:
    for bill in record.get("invoices") or ():
        if bill["lines"]:
            yield needed_instant(bill["date"]), _price(bill["lines"], subscription, coupons, bill["coupons"])


def _price(
    lines: list[Record], subscription: Record, coupons: Mapping[str, Record], applied: Iterable[Mapping[str, Any]]
) -> Row:
    """Plan, seats and recurring price out of subscription items or invoice lines."""
    kept = [line for line in lines if _kind(line) in _RECURRING_ITEMS]
    plans = [line for line in kept if _RECURRING_ITEMS[_kind(line)] == "plan"]
    if not plans:
        return {}
    currency = subscription["currency_code"]
    gross = sum((_amount(line, currency) for line in kept), Decimal(0))
    net = gross
    for coupon in (coupons.get(one["coupon_id"]) for one in applied):
        net -= _taken_off(gross, coupon, currency)
    return Price(
        plan=plans[0].get("item_price_id") or plans[0]["entity_id"],
        seats=max(line.get("quantity") or 0 for line in plans),
        gross=gross,
        net=net,
        unit=subscription["billing_period_unit"],
        count=subscription["billing_period"],
        currency=currency,
    ).row()


def _amount(line: Record, currency: str) -> Decimal:
    """A line's price of a period. One bill may charge less of it, so the unit's price counts where there is one."""
    if line.get("pricing_model") in _BY_STEPS:
        return money.in_units(line["amount"], currency)
    exact = line.get("unit_price_in_decimal") or line.get("unit_amount_in_decimal")
    each = Decimal(exact) if exact else money.in_units(line.get("unit_price", line.get("unit_amount")), currency)
    return each * (line.get("quantity") or 1)


def _kind(line: Record) -> str:
    return str(line.get("item_type") or line.get("entity_type") or "")


def _taken_off(gross: Decimal, coupon: Record | None, currency: str) -> Decimal:
    """What a recurring coupon takes off; one that is not known any more, or holds once, is none."""
    if coupon is None or coupon.get("duration_type") == _ONCE:
        return Decimal(0)
    if coupon["discount_type"] == "percentage":
        return gross * Decimal(str(coupon["discount_percentage"])) / 100
    return money.in_units(coupon.get("discount_amount") or 0, currency)
