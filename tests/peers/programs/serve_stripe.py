"""Runs localstripe, a Stripe that others imitate, on loopback, and says on which port. Its own environment runs this.

It speaks an API of 2017 to 2020, of which some words have changed since. What is mended here is made of its own data,
and none of it is witnessed: what is called price now is plan there, and has the subscription's currency; events cannot
be chosen by several types, and come oldest first; that an invoice was paid is told only by the second of the two events
that Stripe sends for it; there are no credit notes.
"""

import socket
from typing import Any

from aiohttp import web
from localstripe import resources
from localstripe.server import app

_NAMED_SINCE = {"invoice.payment_succeeded": "invoice.paid"}


def _price(of: Any) -> dict[str, Any] | None:
    """The plan of an item or line in the words of today (https://docs.stripe.com/api/prices/object)."""
    plan = of.plan
    if plan is None:
        return None
    return {
        "id": plan.id,
        "object": "price",
        "nickname": plan.nickname,
        "product": plan.product,
        "currency": plan.currency,
        "unit_amount": plan.amount,
        "recurring": {
            "interval": plan.interval,
            "interval_count": plan.interval_count,
            "usage_type": plan.usage_type,
        },
    }


def _events(url: str, types: Any = None, **others: Any) -> Any:
    listed = _every_event(url, **others)
    for event in listed._list:
        event.type = _NAMED_SINCE.get(event.type, event.type)
    listed._list = [event for event in reversed(listed._list) if types is None or event.type in types]
    return listed


async def _no_credit_notes(_: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": [], "has_more": False, "url": "/v1/credit_notes"})


# It writes what it holds into a file of the temporary directory at every change.
resources.Store.dump_to_disk = lambda _: None
resources.Subscription.currency = property(lambda subscription: subscription.plan.currency)
resources.SubscriptionItem.price = property(_price)
resources.InvoiceLineItem.price = property(_price)
_every_event = resources.Event._api_list_all
resources.Event._api_list_all = _events
app.router.add_get("/v1/credit_notes", _no_credit_notes)

with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)  # noqa: T201 - the test reads it
    web.run_app(app, sock=listening, access_log=None, print=None)
