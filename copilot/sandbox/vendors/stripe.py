"""Stripe's API over the company's contracts and bills (version 2024-06-20).

Lists and events newest first, `starting_after`, `has_more`; events of thirty days; errors as https://docs.stripe.com/api/errors
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from copilot.sandbox.vendors import stripe_objects as shown
from copilot.sandbox.vendors.billing_book import Book
from copilot.sandbox.vendors.stripe_objects import Made, Thing

_MOST_A_PAGE = 100
_EVENTS_KEPT = timedelta(days=30)
One = TypeVar("One")
# When, what, of which.
Happened = tuple[datetime, str, Thing]
_LISTS = ("customers", "subscriptions", "invoices", "credit_notes", "charges", "refunds")


class Stripe:
    """The billing system as it is at `now()`."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.book = Book(directory)
        self.now = now

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        lists = (Route(f"/v1/{name}", partial(self.list_of, name)) for name in _LISTS)
        return (*lists, Route("/v1/events", self.events), Route("/v1/charges/{id}", self.charge))

    def list_of(self, name: str, request: Request) -> JSONResponse:
        """GET /v1/customers and so on: newest first."""
        now = self.now()
        things = self._things[name]
        made = _created(things[: bisect_right(things, now, key=lambda one: one.made_at)], request.query_params)
        if name == "subscriptions" and request.query_params.get("status") != "all":
            made = [one for one in made if one.as_of(now)["status"] != "canceled"]
        has_charge = request.query_params.get("expand[]") == "data.charge"

        def show(thing: Thing) -> Made:
            shown_as = thing.as_of(now)
            return {**shown_as, "charge": self._charge(shown_as["charge"])} if has_charge else shown_as

        return _page(made[::-1], lambda one: one.id, show, request)

    def events(self, request: Request) -> JSONResponse:
        """GET /v1/events: what happened in the last thirty days, newest first."""
        given, now = request.query_params, self.now()
        begin = max(datetime.fromtimestamp(int(given.get("created[gte]", 0)), UTC), now - _EVENTS_KEPT)
        types = set(given.getlist("types[]"))
        since = bisect_left(self._happened, begin, key=lambda one: one[0])
        until = bisect_right(self._happened, now, key=lambda one: one[0])
        chosen = [one for one in self._happened[since:until] if one[1] in types]
        return _page(chosen[::-1], _event_id, _event, request)

    def charge(self, request: Request) -> JSONResponse:
        """GET /v1/charges/:id."""
        found = self._charge(request.path_params["id"])
        if found is None:
            return _refusal(404, f"No such charge: '{request.path_params['id']}'", "resource_missing")
        return JSONResponse(found)

    def _charge(self, charge_id: str) -> Made | None:
        made = self._charges.get(charge_id)
        return made.as_of(self.now()) if made else None

    @cached_property
    def _charges(self) -> Mapping[str, Thing]:
        return {thing.id: thing for thing in self._things["charges"]}

    @cached_property
    def _things(self) -> Mapping[str, Sequence[Thing]]:
        """Every object that there ever is, by its list, oldest first."""
        book = self.book
        tried = {key: held for key, held in book.payments.items() if held.now["status"] != "refunded"}
        paid = {held.now["invoice_id"]: key for key, held in tried.items() if held.now["status"] == "succeeded"}
        back = {key: held for key, held in book.payments.items() if held.now["status"] == "refunded"}
        things = {
            "customers": [shown.customer(one) for one in book.customers.values()],
            "subscriptions": [shown.subscription(book, key, held) for key, held in book.subscriptions.items()],
            "invoices": [shown.invoice(bill) for bill in book.bills],
            "credit_notes": [shown.credit_note(key, held) for key, held in book.credits.items()],
            "charges": [shown.charge(key, held) for key, held in tried.items()],
            "refunds": [shown.refund(key, held, paid.get(held.now["invoice_id"])) for key, held in back.items()],
        }
        return {name: sorted(found, key=lambda one: (one.made_at, one.id)) for name, found in things.items()}

    @cached_property
    def _happened(self) -> Sequence[Happened]:
        """Everything that ever becomes of anything, oldest first."""
        found = [
            (at, type_, thing) for things in self._things.values() for thing in things for at, type_ in thing.events
        ]
        return sorted(found, key=lambda one: one[:2])


def _created(made: Sequence[Thing], given: Mapping[str, str]) -> Sequence[Thing]:
    """Those of the interval in which `created` has to lie."""
    if not given.keys() & {"created[gte]", "created[lt]"}:
        return made
    since, until = int(given.get("created[gte]", 0)), int(given.get("created[lt]", 2**62))
    return [one for one in made if since <= int(one.made_at.timestamp()) < until]


def _event_id(happened: Happened) -> str:
    at, type_, thing = happened
    return shown.event_id(type_, at, thing)


def _event(happened: Happened) -> Made:
    at, type_, thing = happened
    return shown.event(type_, at, thing)


def _page(
    listed: Sequence[One], id_of: Callable[[One], str], show: Callable[[One], Made], request: Request
) -> JSONResponse:
    """A page of a list, of which nothing else is shown."""
    given = request.query_params
    size, after = min(int(given.get("limit", 10)), _MOST_A_PAGE), given.get("starting_after")
    begin = 0
    if after is not None:
        begin = next((place for place, known in enumerate(map(id_of, listed), start=1) if known == after), 0)
        if not begin:
            return _refusal(400, f"No such object: '{after}'", "resource_missing")
    data = [show(one) for one in listed[begin : begin + size]]
    return JSONResponse(
        {"object": "list", "url": request.url.path, "has_more": begin + size < len(listed), "data": data}
    )


def _refusal(status: int, message: str, code: str) -> JSONResponse:
    return JSONResponse({"error": {"type": "invalid_request_error", "code": code, "message": message}}, status)
