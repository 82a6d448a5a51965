"""Chargebee's customers, invoices, credit notes and transactions as canonical rows.

https://apidocs.chargebee.com/docs/api/invoices, /credit_notes, /transactions, /customers
"""

from collections.abc import Iterator

from copilot.sources.api.connector import Record, Row
from copilot.sources.api.history import day_of, instant, needed_instant
from copilot.sources.connectors import money
from copilot.sources.connectors.contracts import bill_versions, credit_versions

_TRIED = {"success": "succeeded", "failure": "failed", "timeout": "failed", "late_failure": "failed"}
_BACK = {"refund", "payment_reversal"}


def customer_rows(record: Record, account_field: str) -> Iterator[Row]:
    """A customer as it is since its last change."""
    customer = record["customer"]
    created = needed_instant(customer["created_at"])
    yield {
        "customer_id": customer["id"],
        "account_id": customer.get(account_field) or None,
        "name": customer.get("company"),
        "domain": (customer.get("email") or "").partition("@")[2] or None,
        "created_on": created.date(),
        # Chargebee does not say what was changed: who is matched by a field is taken to have been from the start.
        "recorded_at": created,
    }


def invoice_rows(record: Record) -> Iterator[Row]:
    """Open, then paid or void."""
    invoice = record["invoice"]
    if invoice["status"] == "pending":  # a draft is no invoice yet
        return
    issued = needed_instant(invoice["date"])
    lasting = {
        "invoice_id": invoice["id"],
        "account_id": invoice["customer_id"],
        "subscription_id": invoice.get("subscription_id"),
        "issued_on": issued.date(),
        "due_on": day_of(invoice.get("due_date")) or issued.date(),
        "amount": money.in_units(invoice["total"], invoice["currency_code"]),
        "currency": invoice["currency_code"],
        **_period(invoice),
    }
    yield from bill_versions(
        lasting,
        issued,
        instant(invoice.get("paid_at")),
        instant(invoice.get("voided_at")),
        needed_instant(invoice["updated_at"]),
    )


def credit_rows(record: Record) -> Iterator[Row]:
    """A negative invoice of its own day."""
    note = record["credit_note"]
    lasting = {
        "invoice_id": note["id"],
        "account_id": note["customer_id"],
        "amount": -money.in_units(note["total"], note["currency_code"]),
        "currency": note["currency_code"],
    }
    issued, known = needed_instant(note["date"]), needed_instant(note["updated_at"])
    yield from credit_versions(lasting, issued, instant(note.get("voided_at")), known)


def transaction_rows(record: Record) -> Iterator[Row]:
    """An attempt to collect once its result is known, or money that went back."""
    tried = record["transaction"]
    goes_back = tried["type"] in _BACK
    if tried["status"] not in _TRIED or tried["type"] not in {"payment", *_BACK} or _is_failed_refund(tried):
        return
    amount = money.in_units(tried["amount"], tried["currency_code"])
    yield {
        "payment_id": tried["id"],
        "account_id": tried["customer_id"],
        "invoice_id": _invoice_of(tried),
        "attempted_at": needed_instant(tried["date"]),
        "status": "refunded" if goes_back else _TRIED[tried["status"]],
        "amount": -amount if goes_back else amount,
        "currency": tried["currency_code"],
        "failure_reason": tried.get("error_code"),
        # A debit that is settled days later moves the time of change, a card's result is there at once.
        "recorded_at": needed_instant(tried.get("settled_at") or tried["date"]),
    }


def _is_failed_refund(tried: Record) -> bool:
    return tried["type"] in _BACK and tried["status"] != "success"


def _invoice_of(tried: Record) -> str | None:
    linked = [one.get("invoice_id") for one in tried.get("linked_invoices") or ()]
    noted = [one.get("cn_reference_invoice_id") for one in tried.get("linked_credit_notes") or ()]
    return next((one for one in (*linked, *noted) if one), None)


def _period(invoice: Record) -> Row:
    """The time that the recurring lines bill; none for single charges."""
    lines = [one for one in invoice.get("line_items") or () if one.get("entity_type", "").startswith(("plan", "addon"))]
    if not lines:
        return {"period_start_on": None, "period_end_on": None}
    first, last = min(line["date_from"] for line in lines), max(line["date_to"] for line in lines)
    return {"period_start_on": day_of(first), "period_end_on": day_of(last)}
