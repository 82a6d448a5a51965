"""The vendors' own clients read our make-believe vendors: they find what our connectors find, and know every field."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from copilot.sandbox.vendors import hubspot, mixpanel, salesforce
from copilot.sandbox.vendors.server import LOGIN
from copilot.sandbox.vendors.usage_log import TOTALS_EVENT
from copilot.sources.connectors import salesforce_bulk
from tests.peers.hearing import Hearing, in_order
from tests.running_vendors import KEY

BEFORE = datetime(2026, 10, 20, tzinfo=UTC)

# A few days of usage are enough.
USAGE = {"begin": "2026-10-28", "totals_event": TOTALS_EVENT}
LATELY = datetime(2026, 11, 8, tzinfo=UTC)


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

    assert min(len(found["companies"]), len(found["contacts"])) > 100
    assert all(found[kind] for kind in (*KINDS, *(f"{kind} of" for kind in ASSOCIATED), "owners"))
    keys = {one["id"]: one["properties"]["account_key"] for one in found["companies"]}
    accounts = hearing.newest("accounts", "account_id", "account_id, name, domain", "merged_into_account_id is null")
    assert accounts == in_order(one["properties"].values() for one in found["companies"])
    contacts = hearing.newest("contacts", "contact_id", "contact_id, account_id")
    assert contacts == in_order(
        (one["properties"]["contact_key"], keys[one["properties"]["associatedcompanyid"]]) for one in found["contacts"]
    )


def test_intercom_s_own_client_finds_what_our_connector_finds(hearing: Hearing) -> None:
    ours = hearing.ours("intercom", "support", BEFORE)
    found = hearing.theirs("intercom", ours)

    assert len(found["conversations"]) > 150
    tickets = hearing.newest("tickets", "ticket_id", "ticket_id, account_id, extract(epoch from opened_at)::int")
    assert tickets == in_order(one[:3] for one in found["conversations"])
    assert (hearing.counted("first_reply_at"), hearing.counted("csat")) == (found["replied"], found["rated"])
    assert hearing.vendors.rows("select count(distinct ticket_id) from raw.tickets where is_escalated") == [
        (found["tagged"],)
    ]
    customers = hearing.newest("customers", "customer_id", "account_id, name")
    assert customers == in_order(one[:2] for one in found["companies"])


def test_the_usual_client_of_zendesk_finds_what_our_connector_finds(hearing: Hearing) -> None:
    ours = hearing.ours("zendesk", "support", BEFORE)
    found = hearing.theirs("zendesk", ours)

    assert len(found["tickets"]) > 150
    opened = "to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    tickets = hearing.newest("tickets", "ticket_id", f"ticket_id, account_id, priority, {opened}")
    assert tickets == in_order(found["tickets"])
    customers = hearing.newest("customers", "customer_id", "account_id, name")
    assert customers == in_order(found["organizations"])


def test_mixpanel_s_own_tool_finds_what_our_connector_finds(hearing: Hearing) -> None:
    ours = hearing.ours("mixpanel", "usage", LATELY, options=USAGE)
    where = f'properties["mp_processing_time_ms"] >= {int(LATELY.timestamp() * 1000)}'
    project = {"project_id": mixpanel.PROJECT_ID, "where": where}
    found = hearing.theirs("mixpanel", ours, first=USAGE["begin"], last="2026-11-17", **project)

    assert len(found["events"]) > 300
    events = [one for one in found["events"] if one["event"] != TOTALS_EVENT]
    landed = hearing.newest(
        "usage_events", "event_id", "event_id, account_id, user_id, extract(epoch from occurred_at)::int"
    )
    assert landed == in_order(
        (p["$insert_id"], p["company_id"], p["distinct_id"] or None, p["time"])
        for p in (one["properties"] for one in events)
    )
    assert 0 < len(found["since"]) < len(found["events"])


def test_the_tool_that_takes_over_from_amplitude_finds_what_our_connector_finds(hearing: Hearing) -> None:
    ours = hearing.ours("amplitude", "usage", LATELY, options={**USAGE, "hours": "168"})
    found = hearing.theirs("amplitude", ours, start="20261028T00", end="20261118T00")

    assert found["files"] > 100
    events = [one for one in found["events"] if one[1] != TOTALS_EVENT]
    landed = hearing.newest("usage_events", "event_id", "event_id, event_name, user_id")
    assert len(landed) > 300
    assert landed == in_order(one[:3] for one in events)


SOQL = {
    "Account": "SELECT Id, Account_Key__c, Name, (SELECT Field, OldValue, NewValue, CreatedDate FROM Histories)"
    " FROM Account ORDER BY SystemModstamp, Id",
    "Contact": "SELECT Id, Contact_Key__c, Account.Account_Key__c FROM Contact ORDER BY SystemModstamp, Id",
}
MOST_CHANGES = 2
TRACKED = (
    "SELECT QualifiedApiName, IsFieldHistoryTracked FROM FieldDefinition"
    " WHERE EntityDefinition.QualifiedApiName = 'Account'"
)


def test_the_usual_client_of_salesforce_finds_what_our_connector_finds(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salesforce_bulk, "_FIRST_WAIT_SECONDS", 0.01)
    # Pages as small as they never are, so that there are several.
    vendor = salesforce.Salesforce(
        hearing.vendors.company, lambda: hearing.vendors.now, most=40, most_changes=MOST_CHANGES
    )
    door = salesforce.door(LOGIN, KEY).app(vendor.routes())
    hearing.overheard.app = Starlette(routes=[Mount("/salesforce", app=door)])
    ours = hearing.ours("salesforce", "crm", BEFORE, options=salesforce.OPTIONS)
    ours |= hearing.ours("salesforce", "crm", name="bulk", options={**salesforce.OPTIONS, "first_load": "bulk"})
    bulk = "SELECT Id, Account_Key__c, Name FROM Account"
    found = hearing.theirs("salesforce", ours, asked=SOQL, tracked=TRACKED, bulk=bulk)

    assert len(found["Account"]) > 100
    for source in ("salesforce", "bulk"):
        accounts = hearing.newest("accounts", "_source, account_id", "account_id, name", f"_source = '{source}'")
        assert accounts == in_order((one["Account_Key__c"], one["Name"]) for one in found["Account"])
        assert accounts == in_order((one["Account_Key__c"], one["Name"]) for one in found["bulk"])
        contacts = hearing.newest("contacts", "_source, contact_id", "contact_id, account_id", f"_source = '{source}'")
        assert contacts == in_order(
            (one["Contact_Key__c"], one["Account"]["Account_Key__c"]) for one in found["Contact"]
        )
    assert any(one["IsFieldHistoryTracked"] for one in found["FieldDefinition"])
    told = [one["Histories"]["totalSize"] for one in found["Account"]]
    assert max(told) > MOST_CHANGES
    assert found["changes"] == sum(told)
