"""Stripe's invoices, credit notes, charges and refunds as canonical rows (API version 2024-06-20).

https://docs.stripe.com/api/invoices/object, /credit_notes/object, /charges/object, /refunds/object
"""

from collections.abc import Iterator
from datetime import datetime

from copilot.sources.api.connector import READ_AT, Record, Row
from copilot.sources.api.history import day_of, instant, needed_instant
from copilot.sources.connectors import money
from copilot.sources.connectors.contracts import bill_versions, credit_versions

_CHARGED = {"succeeded": "succeeded", "failed": "failed"}
# Whose result is known at once; a debit's comes days later, and a list does not say when.
_AT_ONCE = {"card", "card_present", "link", "ideal", "bancontact", "blik"}
_NOT_BACK = {"failed", "canceled"}


def told(record: Record) -> tuple[Record, datetime]:
    """The object of an event, or a list's own record; and the instant as of which it speaks."""
    said = record["created"] if record.get("object") == "event" else record[READ_AT]
    return object_of(record), needed_instant(said)


def object_of(record: Record) -> Record:
    """The object that an event is about, or a list's own record."""
    return dict(record["data"]["object"]) if record.get("object") == "event" else record


def invoice_rows(record: Record) -> Iterator[Row]:
    """Open, then paid or void. A draft is no invoice yet."""
    invoice, at = told(record)
    steps = invoice.get("status_transitions") or {}
    issued = instant(steps.get("finalized_at"))
    if issued is None:
        return
    lasting = {
        "invoice_id": invoice["id"],
        "account_id": invoice["customer"],
        "subscription_id": invoice.get("subscription"),
        "issued_on": issued.date(),
        # What is collected by itself is due at once, and Stripe gives it no day.
        "due_on": day_of(invoice.get("due_date")) or issued.date(),
        "amount": money.in_units(invoice["total"], invoice["currency"]),
        "currency": invoice["currency"].upper(),
        **_period(invoice),
    }
    yield from bill_versions(lasting, issued, instant(steps.get("paid_at")), instant(steps.get("voided_at")), at)


def credit_rows(record: Record) -> Iterator[Row]:
    """A negative invoice of its own day."""
    note, at = told(record)
    lasting = {
        "invoice_id": note["id"],
        "account_id": note["customer"],
        "amount": -money.in_units(note["total"], note["currency"]),
        "currency": note["currency"].upper(),
    }
    yield from credit_versions(lasting, needed_instant(note["created"]), instant(note.get("voided_at")), at)


def charge_rows(record: Record) -> Iterator[Row]:
    """An attempt to collect, once its result is known."""
    charge, at = told(record)
    if charge["status"] not in _CHARGED:
        return
    created = instant(charge["created"])
    is_at_once = (charge.get("payment_method_details") or {}).get("type") in _AT_ONCE
    yield {
        "payment_id": charge["id"],
        "account_id": charge["customer"],
        "invoice_id": charge.get("invoice"),
        "attempted_at": created,
        "status": _CHARGED[charge["status"]],
        "amount": money.in_units(charge["amount"], charge["currency"]),
        "currency": charge["currency"].upper(),
        "failure_reason": charge.get("failure_code"),
        "recorded_at": created if is_at_once else at,
    }


def refund_rows(record: Record) -> Iterator[Row]:
    """Money that went back, with the account and invoice of the charge that it undoes; 0 where it did not arrive."""
    refund, at = told(record)
    charge = record.get("refunded_charge") or refund["charge"]
    if refund["status"] not in ("succeeded", *_NOT_BACK):
        return
    amount = money.in_units(refund["amount"], refund["currency"])
    yield {
        "payment_id": refund["id"],
        "account_id": charge["customer"],
        "invoice_id": charge.get("invoice"),
        "attempted_at": instant(refund["created"]),
        "status": "refunded",
        "amount": 0 if refund["status"] in _NOT_BACK else -amount,
        "currency": refund["currency"].upper(),
        "recorded_at": at if refund["status"] in _NOT_BACK else instant(refund["created"]),
    }


def _period(invoice: Record) -> Row:
    """The time that the recurring lines bill; none for single charges."""
    periods = [line["period"] for line in invoice["lines"]["data"] if line.get("type") == "subscription"]
    if not periods:
        return {"period_start_on": None, "period_end_on": None}
    first, last = min(period["start"] for period in periods), max(period["end"] for period in periods)
    return {"period_start_on": day_of(first), "period_end_on": day_of(last)}
