"""Chargebee's API over the company's contracts and bills (version 2, Product Catalog 2.0).

Lists of wrapped resources by time of change, `next_offset`, `include_deleted`; errors as
https://apidocs.chargebee.com/docs/api/error-handling
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from copilot.sandbox.vendors import chargebee_objects as shown
from copilot.sandbox.vendors.billing_book import Book
from copilot.sandbox.vendors.chargebee_objects import Made, Resource

_MOST_A_PAGE = 100
# Both ends belong to the interval.
_BETWEEN = "[between]"
_LISTS = {
    "customers": "customer",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "credit_notes": "credit_note",
    "transactions": "transaction",
    "coupons": "coupon",
}


class Chargebee:
    """The billing system as it is at `now()`."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.book = Book(directory)
        self.now = now

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return [Route(f"/api/v2/{name}", partial(self.list_of, name)) for name in _LISTS]

    def list_of(self, name: str, request: Request) -> JSONResponse:
        """GET /api/v2/customers and so on."""
        given, now = request.query_params, self.now()
        after = datetime.fromtimestamp(int(given.get("updated_at[after]", 0)), UTC)
        try:
            begin = tuple(json.loads(given["offset"])) if "offset" in given else (0, "")
        except ValueError:
            return _refusal("offset", "param_wrong_value", "offset : is not one that was given")
        changed = ((one.changed_at(now), one) for one in self._resources[name] if one.made_at <= now)
        left = sorted(
            (place, one) for at, one in changed if at > after and (place := (int(at.timestamp()), one.id)) > begin
        )
        size = min(int(given.get("limit", 10)), _MOST_A_PAGE)
        # Asked in order, and no more than a page and one: a list has hundreds of pages.
        wanted = list(islice((found for found in left if _is_wanted(found[1], now, given)), size + 1))
        page = wanted[:size]
        listed: Made = {"list": [self._entry(name, one.as_of(now)) for _, one in page]}
        if len(wanted) > size:
            listed["next_offset"] = json.dumps(page[-1][0])
        return JSONResponse(listed)

    def _entry(self, name: str, shown_as: Made) -> Made:
        """A subscription comes with its customer, everything else alone."""
        beside = {"customer": self._customers[shown_as["customer_id"]]} if name == "subscriptions" else {}
        return {_LISTS[name]: shown_as, **beside}

    @cached_property
    def _customers(self) -> Mapping[str, Made]:
        """A customer never changes here."""
        return {one.id: one.as_of(one.made_at) for one in self._resources["customers"]}

    @cached_property
    def _resources(self) -> Mapping[str, Sequence[Resource]]:
        """Everything that there ever is, by its list."""
        book = self.book
        return {
            "customers": [shown.customer(one) for one in book.customers.values()],
            "subscriptions": [shown.subscription(book, key, held) for key, held in book.subscriptions.items()],
            "invoices": [shown.invoice(bill) for bill in book.bills],
            "credit_notes": [shown.credit_note(key, held) for key, held in book.credits.items()],
            "transactions": [shown.transaction(key, held) for key, held in book.payments.items()],
            "coupons": shown.coupons(book),
        }


def _is_wanted(one: Resource, now: datetime, given: Mapping[str, str]) -> bool:
    shown_as = one.as_of(now)
    between = ((name.removesuffix(_BETWEEN), json.loads(said)) for name, said in given.items() if _BETWEEN in name)
    is_within = all(low <= (shown_as.get(name) or -1) <= high for name, (low, high) in between)
    return is_within and (given.get("include_deleted") == "true" or not shown_as.get("deleted"))


def _refusal(param: str, code: str, message: str) -> JSONResponse:
    said = {"message": message, "type": "invalid_request", "api_error_code": code, "param": param}
    return JSONResponse({**said, "http_status_code": 400}, 400)
