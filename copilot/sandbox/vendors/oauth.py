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
# What the scope of a call says of the key that was shown.
MAY_WRITE = "may_write"


def writing(key: str) -> str:
    """The second key that each door takes: with it, and only with it, fields may be written."""
    return f"{key}-that-may-write"


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
    _is_writer: bool = False

    def app(self, routes: Sequence[Route]) -> ASGIApp:
        """The vendor with its door."""
        inside = Starlette(routes=routes)

        async def door(scope: Scope, receive: Receive, send: Send) -> None:
            shown = Request(scope).headers.get("authorization", "").removeprefix("Bearer ")
            is_known = bool(shown) and (shown == self._valid or shown in self._keys)
            may_write = self._is_writer if shown == self._valid else shown not in self.lasting
            await (inside if is_known else self.no_token())({**scope, MAY_WRITE: may_write}, receive, send)

        return Starlette(routes=[Route(self.path, self.token, methods=["POST"]), Mount("/", app=door)])

    @property
    def _keys(self) -> frozenset[str]:
        return self.lasting | {writing(key) for key in self.lasting}

    def expire(self) -> None:
        """No token is good any more."""
        self._valid = ""

    async def token(self, request: Request) -> Response:
        """POST the grant, get a token."""
        given = dict(parse_qsl((await request.body()).decode()))
        secret = self._secret(request, given)
        is_known = given.get("grant_type") in ("client_credentials", "refresh_token")
        if secret is None or not is_known:
            return self.no_grant()
        self.asked += 1
        self._is_writer = secret != self.client_secret
        self._valid = f"00Dsandbox!token-{self.asked}"
        said = {"access_token": self._valid, "token_type": "Bearer", "issued_at": "1790000000000"}
        return JSONResponse({**said, **self.also(request)})

    def _secret(self, request: Request, given: Mapping[str, str]) -> str | None:
        """The secret that was shown with the app's id, in the form or in the header: that of reading, or of writing."""
        for one in (self.client_secret, writing(self.client_secret)):
            in_form = (given.get("client_id"), given.get("client_secret")) == (self.client_id, one)
            if in_form or request.headers.get("authorization") == basic(self.client_id, one):
                return one
        return None
