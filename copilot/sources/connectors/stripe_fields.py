"""The forms of what is read of Stripe's objects (API version 2024-06-20), in a list and in an event."""

from collections.abc import Callable, Mapping

from copilot.sources.api.connector import Record

_COMMON = {"id": "text", "customer": "text", "created": "number", "currency": "text"}
CUSTOMER = {"id": "text", "created": "number", "name": "text?", "email": "text?", "metadata": "object?"}
SUBSCRIPTION = {
    **_COMMON,
    "status": "text",
    "start_date": "number?",
    "trial_start": "number?",
    "trial_end": "number?",
    "canceled_at": "number?",
    "cancel_at": "number?",
    "ended_at": "number?",
    "cancellation_details": "object?",
    "pause_collection": "object?",
    "discount": "object?",
    "metadata": "object?",
    "items.data": "list",
}
INVOICE = {
    **_COMMON,
    "subscription": "text?",
    "total": "number",
    "due_date": "number?",
    "status_transitions": "object",
    "status_transitions.finalized_at": "number?",
    "status_transitions.paid_at": "number?",
    "status_transitions.voided_at": "number?",
    "lines.data": "list",
}
CREDIT_NOTE = {**_COMMON, "total": "number", "voided_at": "number?"}
CHARGE = {
    **_COMMON,
    "status": "text",
    "invoice": "text?",
    "amount": "number",
    "failure_code": "text?",
    "payment_method_details": "object?",
}
REFUND = {
    "id": "text",
    "created": "number",
    "currency": "text",
    "status": "text",
    "amount": "number",
    "charge": "text|object",
}


def listed_or_told(fields: Mapping[str, str]) -> Callable[[Record], Mapping[str, str]]:
    """The same fields where a list has them, or where an event does."""
    told = {"created": "number", **{f"data.object.{path}": form for path, form in fields.items()}}
    return lambda record: told if record.get("object") == "event" else fields
