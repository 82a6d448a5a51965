"""The vendors' own clients read our make-believe vendors: they find what our connectors find, and know every field."""

from datetime import UTC, datetime
from decimal import Decimal

from copilot.sandbox.vendors import hubspot
from tests.peers.hearing import Hearing, in_order

BEFORE = datetime(2026, 10, 20, tzinfo=UTC)


def money(cents: int) -> Decimal:
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))


def test_chargebee_s_own_client_finds_what_our_connector_finds(hearing: Hearing) -> None:
    ours = hearing.ours("chargebee", "billing", BEFORE)
    found = hearing.theirs("chargebee", ours)

    assert min(len(found[kind]) for kind in ("customer", "subscription", "invoice", "transaction")) > 100
    assert found["coupon"]
    customers = hearing.newest("customers", "customer_id", "customer_id, account_id, name")
    assert customers == in_order((one["id"], one.get("cf_account_id"), one["company"]) for one in found["customer"])
    contracts = hearing.newest("subscriptions", "subscription_id", "subscription_id, account_id, seats, currency")
    assert contracts == in_order(
        (one["id"], one["customer_id"], one["subscription_items"][0]["quantity"], one["currency_code"])
        for one in found["subscription"]
    )
    bills = hearing.newest("invoices", "invoice_id", "invoice_id, account_id, amount, status")
    status = {"paid": "paid", "voided": "void", "payment_due": "open"}
    billed = [(one["id"], one["customer_id"], money(one["total"]), status[one["status"]]) for one in found["invoice"]]
    credited = [(one["id"], one["customer_id"], -money(one["total"]), "paid") for one in found["credit_note"]]
    assert bills == in_order(billed + credited)
    tried = hearing.newest("payments", "payment_id", "payment_id, account_id, abs(amount)")
    assert tried == in_order((one["id"], one["customer_id"], money(one["amount"])) for one in found["transaction"])


KINDS = {
    "companies": ["account_key", "name", "domain"],
    "contacts": ["contact_key", "associatedcompanyid"],
    "deals": ["deal_key", "hs_primary_associated_company", "amount"],
    "calls": ["touch_key"],
    "emails": ["touch_key"],
    "meetings": ["touch_key"],
    "users": ["employee_number"],
    "p4711_sentiment": ["sentiment_key", "account_key"],
    "p4711_milestone": ["milestone_key"],
}
ASSOCIATED = ["calls", "emails", "meetings", "p4711_milestone"]


def test_hubspot_s_own_client_finds_what_our_connector_finds(hearing: Hearing) -> None:
    ours = hearing.ours("hubspot", "crm", BEFORE, options=hubspot.OPTIONS)
    since = int(BEFORE.timestamp() * 1000)
    found = hearing.theirs("hubspot", ours, kinds=KINDS, associated=ASSOCIATED, since=since)

    assert min(len(found[kind]) for kind in ("companies", "contacts", "deals", "calls")) > 100
    keys = {one["id"]: one["properties"]["account_key"] for one in found["companies"]}
    accounts = hearing.newest("accounts", "account_id", "account_id, name, domain", "not is_deleted")
    assert accounts == in_order(one["properties"].values() for one in found["companies"])
    contacts = hearing.newest("contacts", "contact_id", "contact_id, account_id", "not is_deleted")
    assert contacts == in_order(
        (one["properties"]["contact_key"], keys[one["properties"]["associatedcompanyid"]]) for one in found["contacts"]
    )
