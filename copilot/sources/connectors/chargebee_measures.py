"""What Chargebee has of a day, counted from its own lists, which can be asked by each record's own date.

https://apidocs.chargebee.com/docs/api (filters of the list operations). A contract's start cannot be asked for: their
list is read whole.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from copilot.sources.api.connector import Ask, Measure, Record
from copilot.sources.api.history import day_of, needed_instant
from copilot.sources.api.measures import Listing, begin, counted_again, end
from copilot.sources.connectors import money
from copilot.sources.figures import Dated

MOST_A_PAGE = 100
_BACK = {"refund", "payment_reversal"}
_TRIED = {"success", "failure", "timeout", "late_failure"}


def list_pages() -> JSONResponseCursorPaginator:
    """Turns the pages of any of Chargebee's lists."""
    return JSONResponseCursorPaginator("next_offset", cursor_param="offset")


def measures(_: Mapping[str, str]) -> Sequence[Measure]:
    """Of every table that Chargebee gives."""
    return (
        counted_again("customers", "created_on", _list("customers", "customer", _customer, "created_at")),
        counted_again("subscriptions", "started_on", _list("subscriptions", "subscription", _subscription)),
        counted_again(
            "invoices",
            "issued_on",
            _list("invoices", "invoice", _invoice, "date"),
            _list("credit_notes", "credit_note", _credit_note, "date"),
        ),
        counted_again("payments", "attempted_at", _list("transactions", "transaction", _transaction, "date")),
        counted_again("churn_events", "churned_on", _list("subscriptions", "subscription", _departure, "cancelled_at")),
    )


def _list(path: str, kind: str, read: Callable[[Record], Iterator[Dated]], dated: str = "") -> Listing:
    """By the time in the field `dated` of each record, else whole."""

    def asks(days: Sequence[date]) -> Iterator[Ask]:
        listed = {"limit": MOST_A_PAGE, "include_deleted": "true"}
        for day in days if dated else days[:1]:
            yield Ask(f"api/v2/{path}", params=listed | ({f"{dated}[between]": _span(day)} if dated else {}))

    def counted(record: Record) -> Iterator[Dated]:
        # A record in quarantine may be of the other list that gives the table.
        return read(record[kind]) if kind in record else iter(())

    return Listing(path, asks, "list", list_pages, counted)


def _span(day: date) -> str:
    """Both ends belong to it."""
    return json.dumps([int(begin(day).timestamp()), int(end(day).timestamp()) - 1])


def _customer(customer: Record) -> Iterator[Dated]:
    yield Dated(customer["id"], needed_instant(customer["created_at"]).date())


def _subscription(subscription: Record) -> Iterator[Dated]:
    started = day_of(subscription.get("started_at") or subscription.get("start_date"))
    if started and not subscription.get("deleted"):
        yield Dated(subscription["id"], started)


def _departure(subscription: Record) -> Iterator[Dated]:
    if subscription["status"] == "cancelled":
        yield Dated(f"end/{subscription['id']}", needed_instant(subscription["cancelled_at"]).date())


def _invoice(invoice: Record) -> Iterator[Dated]:
    if invoice["status"] != "pending":
        yield _worth(invoice, "total")


def _credit_note(note: Record) -> Iterator[Dated]:
    yield _worth(note, "total", sign=-1)


def _transaction(tried: Record) -> Iterator[Dated]:
    if tried["type"] == "payment" and tried["status"] in _TRIED:
        yield _worth(tried, "amount")
    elif tried["type"] in _BACK and tried["status"] == "success":
        yield _worth(tried, "amount", sign=-1)


def _worth(record: Record, field: str, sign: int = 1) -> Dated:
    amount = sign * money.in_units(record[field], record["currency_code"])
    return Dated(record["id"], needed_instant(record["date"]).date(), amount, record["currency_code"])
