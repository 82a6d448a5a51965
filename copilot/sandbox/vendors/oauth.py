"""A vendor's token endpoint, and the guard that lets in who shows one of its tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from copilot.sandbox.vendors.answers import basic

Refusal = Callable[[], Response]


@dataclass
class OAuth:
    """Gives tokens at `path` for the app's id and secret; `lasting` keys are let in as well.

    Both may stand in the form or in the header (RFC 6749, 2.3.1). `also` is what else the vendor says with a token.
    `asked` counts the tokens that were given, so that a test sees a renewal.
    """

    path: str
    client_id: str
    client_secret: str
    no_grant: Refusal
    no_token: Refusal
    lasting: frozenset[str] = frozenset()
    also: Callable[[Request], Mapping[str, str]] = lambda _: {}
    asked: int = 0
    _valid: str = field(default="", repr=False)

    def app(self, routes: Sequence[Route]) -> ASGIApp:
        """The vendor with its door."""
        inside = Starlette(routes=routes)

        async def door(scope: Scope, receive: Receive, send: Send) -> None:
            shown = Request(scope).headers.get("authorization", "").removeprefix("Bearer ")
            is_known = bool(shown) and (shown == self._valid or shown in self.lasting)
            await (inside if is_known else self.no_token())(scope, receive, send)

        return Starlette(routes=[Route(self.path, self.token, methods=["POST"]), Mount("/", app=door)])

    def expire(self) -> None:
        """No token is good any more."""
        self._valid = ""

    async def token(self, request: Request) -> Response:
        """POST the grant, get a token."""
        given = dict(parse_qsl((await request.body()).decode()))
        in_form = (given.get("client_id"), given.get("client_secret")) == (self.client_id, self.client_secret)
        in_header = request.headers.get("authorization") == basic(self.client_id, self.client_secret)
        is_known = given.get("grant_type") in ("client_credentials", "refresh_token")
        if not ((in_form or in_header) and is_known):
            return self.no_grant()
        self.asked += 1
        self._valid = f"00Dsandbox!token-{self.asked}"
        said = {"access_token": self._valid, "token_type": "Bearer", "issued_at": "1790000000000"}
        return JSONResponse({**said, **self.also(request)})
