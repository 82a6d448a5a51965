"""Chargebee: every list by its time of change, which every change and every deletion moves.

https://apidocs.chargebee.com/docs/api (version 2, Product Catalog 2.0)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from dlt.sources.helpers.rest_client.auth import HttpBasicAuth

from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import (
    Access,
    Ask,
    Beside,
    ByTime,
    Connector,
    Gives,
    Reading,
    Record,
    Row,
    Since,
    Stream,
)
from copilot.sources.api.history import needed_instant
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors.chargebee_bills import credit_rows, customer_rows, invoice_rows, transaction_rows
from copilot.sources.connectors.chargebee_contracts import bill_of, departure_rows, subscription_rows
from copilot.sources.connectors.chargebee_fields import FIELDS
from copilot.sources.connectors.chargebee_measures import MOST_A_PAGE, list_pages, measures

# What Chargebee's support removes by hand leaves no trace in the feed.
_FULL_EVERY = timedelta(days=7)
_PERSONAL = frozenset(
    {"first_name", "last_name", "phone", "billing_address", "shipping_address", "card", "payment_method", "contacts",
     "description", "notes", "customer_notes", "comment", "masked_card_number"}
)  # fmt: skip


def _access(connection: Connection, _: PatientSession) -> Access:
    return Access(HttpBasicAuth(connection.password, ""))


def _stream(
    path: str, kind: str, gives: Mapping[str, Callable[[Record], Iterator[Row]]], beside: Sequence[Beside] = ()
) -> Stream:
    def ask(since: Since) -> Ask:
        begin = {"updated_at[after]": int(since.timestamp())} if isinstance(since, datetime) else {}
        listed = {"limit": MOST_A_PAGE, "include_deleted": "true", "sort_by[asc]": "updated_at"}
        return Ask(f"api/v2/{path}", params={**listed, **begin})

    return Stream(
        path,
        ask=ask,
        select="list",
        paginator=list_pages,
        gives=[Gives(table, rows, fields=lambda _: FIELDS[kind]) for table, rows in gives.items()],
        cursor=ByTime(lambda record: needed_instant(record[kind]["updated_at"])),
        full_every=_FULL_EVERY,
        beside=beside,
        whole=lambda _, records: [_alone(record, kind) for record in records],
        dropped=_PERSONAL,
    )


def _alone(record: Record, kind: str) -> Record:
    """The resource without what its list shows beside it, such as a subscription's customer and card."""
    return {name: value for name, value in record.items() if name == kind}


def _list_beside(
    path: str,
    key: Callable[[Record], str | None],
    kept: Callable[[Record], Record],
    sought: Callable[[Record], Sequence[str]],
    when: Reading = "any",
    **also: str,
) -> Beside:
    asked = {"limit": MOST_A_PAGE, **also}
    return Beside(path, lambda _: Ask(f"api/v2/{path}", params=asked), "list", list_pages, key, sought, kept, when)


def _streams(options: Mapping[str, str]) -> Sequence[Stream]:
    def customers(record: Record) -> Iterator[Row]:
        return customer_rows(record, options["account_field"])

    def subscriptions(record: Record) -> Iterator[Row]:
        return subscription_rows(record, options)

    bills = _list_beside(
        "invoices",
        key=lambda record: record["invoice"].get("subscription_id"),
        kept=bill_of,
        sought=lambda record: (record["subscription"]["id"],),
        when="first",
        include_deleted="true",
    )
    coupons = _list_beside(
        "coupons",
        key=lambda record: str(record["coupon"]["id"]),
        kept=lambda record: {"coupon": record["coupon"]},
        sought=_coupons_of,
    )
    of_contracts = {"subscriptions": subscriptions, "churn_events": departure_rows}
    return (
        _stream("customers", "customer", {"customers": customers}),
        _stream("subscriptions", "subscription", of_contracts, beside=(bills, coupons)),
        _stream("invoices", "invoice", {"invoices": invoice_rows}),
        _stream("credit_notes", "credit_note", {"invoices": credit_rows}),
        _stream("transactions", "transaction", {"payments": transaction_rows}),
    )


def _coupons_of(record: Record) -> Sequence[str]:
    """Those that hold now, and those that its bills name."""
    applied = [*(record["subscription"].get("coupons") or ())]
    applied += [one for bill in record.get("invoices") or () for one in bill["coupons"]]
    return [str(one["coupon_id"]) for one in applied]


CHARGEBEE = Connector(
    "chargebee",
    access=_access,
    streams=_streams,
    # The custom field that holds the CRM's id on a customer; and the one with the end of the term on a subscription,
    # where contract terms are not used.
    options={"account_field": "cf_account_id", "term_end_field": ""},
    measures=measures,
)
