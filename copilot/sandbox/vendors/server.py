"""All vendors of the make-believe company behind one port on loopback, each under its own name."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.sandbox.vendors.chargebee import Chargebee
from copilot.sandbox.vendors.faults import Faults
from copilot.sandbox.vendors.stripe import Stripe
from copilot.sandbox.vendors.zendesk import Zendesk


@dataclass(frozen=True)
class Guard:
    """Lets in who shows the key: anything else is answered as a vendor does, before a record is looked at."""

    app: ASGIApp
    authorization: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or refuse it."""
        shown = Request(scope).headers.get("authorization", "")
        if secrets.compare_digest(shown.encode(), self.authorization.encode()):
            await self.app(scope, receive, send)
            return
        await JSONResponse({"error": "Couldn't authenticate you"}, 401)(scope, receive, send)


@dataclass(frozen=True)
class Dated:
    """Says in every answer when it was given, by the company's clock."""

    app: ASGIApp
    now: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = format_datetime(self.now(), usegmt=True)
            await send(message)

        await self.app(scope, receive, dated)


def basic(login: str, password: str) -> str:
    """The header of HTTP's basic authentication."""
    return "Basic " + b64encode(f"{login}:{password}".encode()).decode()


def application(directory: Path, key: str, now: Callable[[], datetime]) -> Faults:
    """The server of the company whose files are in the directory, as its systems are at `now()`.

    `key` is what every vendor asks for, each in its own way.
    """
    vendors: Mapping[str, tuple[Sequence[Route], str]] = {
        "chargebee": (Chargebee(directory, now).routes(), basic(key, "")),
        "stripe": (Stripe(directory, now).routes(), basic(key, "")),
        "zendesk": (Zendesk(directory, now).routes(), basic("copilot@sandbox.test/token", key)),
    }
    guarded = {name: Guard(Starlette(routes=routes), shown) for name, (routes, shown) in vendors.items()}
    mounts = [Mount(f"/{name}", app=app) for name, app in guarded.items()]
    return Faults(Dated(Starlette(routes=mounts), now))
