"""Stripe: lists for the first load and a weekly reading of everything, its feed of events in between.

https://docs.stripe.com/api (version 2024-06-20). Lists cannot say what changed: they are ordered by `created`, which a
change does not move. Events can, for thirty days; each carries the whole object as it was then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.auth import HttpBasicAuth

from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import (
    Access,
    Ask,
    Beside,
    ByVendorClock,
    Call,
    Connector,
    Gives,
    Record,
    Row,
    Since,
    Stream,
)
from copilot.sources.api.history import needed_instant
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors.stripe_bills import charge_rows, credit_rows, invoice_rows, object_of, refund_rows, told
from copilot.sources.connectors.stripe_contracts import bill_of, departure_rows, subscription_rows
from copilot.sources.connectors.stripe_fields import (
    CHARGE,
    CREDIT_NOTE,
    CUSTOMER,
    INVOICE,
    REFUND,
    SUBSCRIPTION,
    listed_or_told,
)
from copilot.sources.connectors.stripe_measures import measures
from copilot.sources.connectors.stripe_paging import MOST_A_PAGE, Pages
from copilot.sources.webhooks.stripe_events import API_VERSION, PERSONAL, TYPES

_FULL_EVERY = timedelta(days=7)
# Events are kept for thirty days: who comes later than this reads everything.
_EVENTS_KEPT = timedelta(days=29)
_CURSOR = ByVendorClock(kept=_EVENTS_KEPT)


def _access(connection: Connection, _: PatientSession) -> Access:
    return Access(HttpBasicAuth(connection.password, ""), headers={"Stripe-Version": API_VERSION})


def _asks(path: str, events: Sequence[str], **listed: Any) -> Callable[[Since], Ask]:
    """The list when everything is read, else the events of these types since then."""

    def ask(since: Since) -> Ask:
        if not isinstance(since, datetime):
            return Ask(path, params={"limit": MOST_A_PAGE, **listed})
        begin = {"created[gte]": int(since.timestamp()), "types[]": list(events)}
        return Ask("v1/events", params={"limit": MOST_A_PAGE, **begin})

    return ask


Rows = Callable[[Record], Iterator[Row]]


def _stream(name: str, gives: Mapping[str, Rows], fields: Mapping[str, str], **others: Any) -> Stream:
    """A list by its name, which events follow; `listed` is what the list is asked."""
    listed = others.pop("listed", {})
    return Stream(
        name,
        ask=_asks(f"v1/{name}", TYPES[name], **listed),
        select="data",
        paginator=Pages,
        gives=[Gives(table, rows, fields=listed_or_told(fields)) for table, rows in gives.items()],
        cursor=_CURSOR,
        full_every=_FULL_EVERY,
        is_newest_first=True,
        dropped=PERSONAL,
        pushed=frozenset(TYPES[name]),
        **others,
    )


def _streams(options: Mapping[str, str]) -> Sequence[Stream]:
    def subscriptions(record: Record) -> Iterator[Row]:
        return subscription_rows(record, options)

    def customers(record: Record) -> Iterator[Row]:
        return _customer_rows(record, options["account_key"])

    bills = Beside(
        "invoices",
        ask=lambda _: Ask("v1/invoices", params={"limit": MOST_A_PAGE}),
        select="data",
        paginator=Pages,
        key=lambda invoice: invoice.get("subscription"),
        sought=lambda subscription: (subscription["id"],),
        kept=bill_of,
        when="first",
    )
    of_contracts: Mapping[str, Rows] = {"subscriptions": subscriptions, "churn_events": departure_rows}
    return (
        _stream("customers", {"customers": customers}, CUSTOMER),
        _stream(
            "subscriptions",
            of_contracts,
            SUBSCRIPTION,
            listed={"status": "all"},
            beside=(bills,),
        ),
        _stream("invoices", {"invoices": invoice_rows}, INVOICE),
        _stream("credit_notes", {"invoices": credit_rows}, CREDIT_NOTE),
        _stream("charges", {"payments": charge_rows}, CHARGE),
        _stream(
            "refunds",
            {"payments": refund_rows},
            REFUND,
            listed={"expand[]": "data.charge"},
            complete=_with_charges,
        ),
    )


def _with_charges(call: Call, refunds: list[Record]) -> list[Record]:
    """An event's refund only names its charge; a list's carries it."""
    return [_with_charge(call, refund) for refund in refunds]


def _with_charge(call: Call, refund: Record) -> Record:
    charge = object_of(refund).get("charge")
    return {**refund, "refunded_charge": call(Ask(f"v1/charges/{charge}"))} if isinstance(charge, str) else refund


def _customer_rows(record: Record, account_key: str) -> Iterator[Row]:
    customer, at = told(record)
    created = needed_instant(customer["created"])
    yield {
        "customer_id": customer["id"],
        "account_id": (customer.get("metadata") or {}).get(account_key) or None,
        "name": customer.get("name"),
        "domain": (customer.get("email") or "").partition("@")[2] or None,
        "created_on": created.date(),
        # A list does not say when the metadata was written: who is matched by it is taken to have been from the start.
        "recorded_at": at if record.get("object") == "event" else created,
    }


STRIPE = Connector(
    "stripe",
    access=_access,
    streams=_streams,
    # Keys of the metadata: the CRM's id on a customer; the end of a contract's term and whether it renews, on a
    # subscription. Without the last, a subscription renews unless its end is set.
    options={"account_key": "account_id", "term_end_key": "term_ends_on", "auto_renew_key": "auto_renew"},
    measures=measures,
)
