"""What Stripe has of a day, counted from its own lists: its search gives no totals that hold.

Lists can be asked by `created` only. An invoice is dated by the day on which it was made final, and a contract by its
start, which may both be other days than that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from copilot.sources.api.connector import Ask, Measure, Record
from copilot.sources.api.history import day_of, needed_instant
from copilot.sources.api.measures import Listing, begin, counted_again, end
from copilot.sources.connectors import money
from copilot.sources.connectors.stripe_bills import object_of
from copilot.sources.connectors.stripe_paging import MOST_A_PAGE, Pages
from copilot.sources.figures import Dated

# An invoice that lay as a draft for longer than this is not found by its day.
_LONGEST_DRAFT = timedelta(days=30)
_WITH_RESULT = {"succeeded", "failed"}
_MOVED, _CAME_BACK = "succeeded", {"failed", "canceled"}


def measures(_: Mapping[str, str]) -> Sequence[Measure]:
    """Of every table that Stripe gives."""
    contracts = {"status": "all"}
    return (
        counted_again("customers", "created_on", _list("customers", _created, _customer)),
        counted_again("subscriptions", "started_on", _list("subscriptions", _all, _subscription, **contracts)),
        counted_again(
            "invoices",
            "issued_on",
            _list("invoices", _drafted, _invoice),
            _list("credit_notes", _created, _credit_note),
        ),
        counted_again(
            "payments", "attempted_at", _list("charges", _created, _charge), _list("refunds", _created, _refund)
        ),
        counted_again("churn_events", "churned_on", _list("subscriptions", _all, _departure, **contracts)),
    )


Window = Mapping[str, Any]
Windows = Callable[[Sequence[date]], Iterable[Window]]


def _list(name: str, windows: Windows, read: Callable[[Record], Iterator[Dated]], **others: str) -> Listing:
    def asks(days: Sequence[date]) -> Iterator[Ask]:
        for window in windows(days):
            yield Ask(f"v1/{name}", params={"limit": MOST_A_PAGE, **others, **window})

    return Listing(name, asks, "data", Pages, lambda record: read(object_of(record)))


def _created(days: Sequence[date]) -> Iterator[Window]:
    yield from (_between(day, day) for day in days)


def _drafted(days: Sequence[date]) -> Iterator[Window]:
    yield _between(min(days) - _LONGEST_DRAFT, max(days))


def _all(_: Sequence[date]) -> Iterator[Window]:
    yield {}


def _between(first: date, last: date) -> Window:
    return {"created[gte]": int(begin(first).timestamp()), "created[lt]": int(end(last).timestamp())}


def _customer(customer: Record) -> Iterator[Dated]:
    yield Dated(customer["id"], needed_instant(customer["created"]).date())


def _subscription(subscription: Record) -> Iterator[Dated]:
    yield Dated(subscription["id"], needed_instant(subscription.get("start_date") or subscription["created"]).date())


def _departure(subscription: Record) -> Iterator[Dated]:
    ended = day_of(subscription.get("ended_at"))
    if ended:
        yield Dated(f"end/{subscription['id']}", ended)


def _invoice(invoice: Record) -> Iterator[Dated]:
    issued = day_of((invoice.get("status_transitions") or {}).get("finalized_at"))
    if issued:
        yield _worth(invoice, issued, "total")


def _credit_note(note: Record) -> Iterator[Dated]:
    yield _worth(note, needed_instant(note["created"]).date(), "total", sign=-1)


def _charge(charge: Record) -> Iterator[Dated]:
    if charge["status"] in _WITH_RESULT:
        yield _worth(charge, needed_instant(charge["created"]).date(), "amount")


def _refund(refund: Record) -> Iterator[Dated]:
    if refund["status"] == _MOVED or refund["status"] in _CAME_BACK:
        sign = -1 if refund["status"] == _MOVED else 0
        yield _worth(refund, needed_instant(refund["created"]).date(), "amount", sign)


def _worth(record: Record, day: date, field: str, sign: int = 1) -> Dated:
    amount = sign * money.in_units(record[field], record["currency"])
    return Dated(record["id"], day, amount, record["currency"].upper())
