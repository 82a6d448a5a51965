"""All vendors of the make-believe company behind one port on loopback, each under its own name."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.sandbox.vendors import amplitude, hubspot, intercom, mixpanel, salesforce
from copilot.sandbox.vendors.answers import basic
from copilot.sandbox.vendors.chargebee import Chargebee
from copilot.sandbox.vendors.faults import Faults
from copilot.sandbox.vendors.freshdesk import Freshdesk
from copilot.sandbox.vendors.stripe import Stripe
from copilot.sandbox.vendors.zendesk import Zendesk

# As whom the company's own programs sign in, where a vendor asks for a name besides the key.
LOGIN = "copilot@sandbox.test"
Now = Callable[[], datetime]
Home = Callable[[str], Path]


@dataclass(frozen=True)
class Guard:
    """Lets in who shows the key: anything else is answered as that vendor does, before a record is looked at."""

    app: ASGIApp
    authorization: str
    stranger: Callable[[Request], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or refuse it."""
        request = Request(scope)
        shown = request.headers.get("authorization", "")
        is_known = secrets.compare_digest(shown.encode(), self.authorization.encode())
        await (self.app if is_known else self.stranger(request))(scope, receive, send)


@dataclass(frozen=True)
class Dated:
    """Says in every answer when it was given, by the company's clock."""

    app: ASGIApp
    now: Now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = format_datetime(self.now(), usegmt=True)
            await send(message)

        await self.app(scope, receive, dated)


def application(directory: Path, key: str, now: Now, homes: Mapping[str, Path] = MappingProxyType({})) -> Faults:
    """The server of the company whose files are in the directory, as its systems are at `now()`.

    `key` is what every vendor asks for, each in its own way. A vendor that serves a part of the company has its files
    in a home of its own.
    """

    def home(vendor: str) -> Path:
        return homes.get(vendor, directory)

    doors = {"salesforce": salesforce.door(LOGIN, key), "hubspot": hubspot.door(key, LOGIN, key)}
    routes = {
        "salesforce": salesforce.Salesforce(home("salesforce"), now).routes(),
        "hubspot": hubspot.HubSpot(home("hubspot"), now).routes(),
    }
    apps = {name: door.app(routes[name]) for name, door in doors.items()} | dict(_with_keys(home, key, now))

    def expire() -> None:
        for door in doors.values():
            door.expire()

    inside = Starlette(routes=[Mount(f"/{name}", app=app) for name, app in apps.items()])
    return Faults(Dated(inside, now), expire=expire)


def _with_keys(home: Home, key: str, now: Now) -> Mapping[str, ASGIApp]:
    """Vendors that take the key itself."""
    vendors: Mapping[str, tuple[Sequence[Route], str, Callable[[Request], Response]]] = {
        "freshdesk": (Freshdesk(home("freshdesk"), now).routes(), basic(key, "X"), _stranger),
        "stripe": (Stripe(home("stripe"), now).routes(), basic(key, ""), _stranger),
        "chargebee": (Chargebee(home("chargebee"), now).routes(), basic(key, ""), _stranger),
        "mixpanel": (mixpanel.Mixpanel(home("mixpanel"), now).routes(), basic(LOGIN, key), mixpanel.stranger),
        "amplitude": (amplitude.Amplitude(home("amplitude"), now).routes(), basic(LOGIN, key), amplitude.stranger),
        "zendesk": (Zendesk(home("zendesk"), now).routes(), basic(f"{LOGIN}/token", key), _stranger),
        "intercom": (intercom.Intercom(home("intercom"), now).routes(), f"Bearer {key}", intercom.stranger),
    }
    return {
        name: Guard(Starlette(routes=routes), shown, stranger) for name, (routes, shown, stranger) in vendors.items()
    }


def _stranger(_: Request) -> Response:
    return JSONResponse({"error": "Couldn't authenticate you"}, 401)
