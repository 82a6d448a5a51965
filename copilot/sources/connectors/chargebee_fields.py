"""The forms of what is read of Chargebee's resources (version 2, Product Catalog 2.0)."""

_COMMON = {"id": "text", "customer_id": "text", "currency_code": "text", "updated_at": "number"}
_RESOURCES = {
    "customer": {
        "id": "text",
        "company": "text?",
        "email": "text?",
        "created_at": "number",
        "updated_at": "number",
    },
    "subscription": {
        **_COMMON,
        "status": "text",
        "created_at": "number",
        "started_at": "number?",
        "trial_end": "number?",
        "cancelled_at": "number?",
        "cancel_schedule_created_at": "number?",
        "cancel_reason": "text?",
        "billing_period": "number",
        "billing_period_unit": "text",
        "subscription_items": "list",
        "coupons": "list?",
        "contract_term": "object?",
        "deleted": "flag?",
    },
    "invoice": {
        **_COMMON,
        "subscription_id": "text?",
        "status": "text",
        "total": "number",
        "date": "number",
        "due_date": "number?",
        "paid_at": "number?",
        "voided_at": "number?",
        "line_items": "list?",
    },
    "credit_note": {**_COMMON, "total": "number", "date": "number", "voided_at": "number?"},
    "transaction": {
        **_COMMON,
        "type": "text",
        "status": "text",
        "amount": "number",
        "date": "number",
        "error_code": "text?",
        "linked_invoices": "list?",
        "linked_credit_notes": "list?",
    },
}
FIELDS = {kind: {f"{kind}.{path}": form for path, form in fields.items()} for kind, fields in _RESOURCES.items()}
