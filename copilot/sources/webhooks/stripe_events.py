"""Which of Stripe's events we follow, in its feed and pushed, and what of them is never kept.

It stands apart from the connector so that the API server need not load what turns pages.
"""

from collections.abc import Mapping, Sequence

API_VERSION = "2024-06-20"
# By the list whose records they are about.
TYPES: Mapping[str, Sequence[str]] = {
    "customers": ("customer.created", "customer.updated"),
    "subscriptions": (
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
    ),
    "invoices": (
        "invoice.finalized",
        "invoice.paid",
        "invoice.updated",
        "invoice.voided",
        "invoice.marked_uncollectible",
    ),
    "credit_notes": ("credit_note.created", "credit_note.updated", "credit_note.voided"),
    "charges": ("charge.succeeded", "charge.failed", "charge.updated"),
    "refunds": ("refund.created", "refund.updated", "refund.failed"),
}
FOLLOWED = frozenset(type_ for types in TYPES.values() for type_ in types)
PERSONAL = frozenset(
    {"address", "phone", "shipping", "tax_ids", "customer_address", "customer_email", "customer_name", "customer_phone",
     "customer_shipping", "billing_details", "receipt_email", "receipt_url", "description", "comment"}
)  # fmt: skip
