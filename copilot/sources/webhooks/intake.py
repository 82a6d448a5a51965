"""The door at which senders push events: POST /<company>/<source>. Mounted under /hooks by plugins/.

The route is open on purpose: the signature is the authority. Whatever is not signed, not now, too big or of another
kind is refused before it is parsed. What is new is kept, under the sender's own id, before any work; what came before
is answered alike and does nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import psycopg
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from config.settings import ConfigError
from copilot import clock
from copilot.sources.webhooks.event import Unfit, read
from copilot.sources.webhooks.hooks import Hook, hook_of
from copilot.sources.webhooks.signature import HEADERS, Claim, claim, is_signed
from copilot.warehouse.webhook_events import keep

log = logging.getLogger(__name__)
# Stripe's largest events are a tenth of this; whoever pushes rows sends them in several bodies.
LARGEST_BODY = 1 << 20
JSON = "application/json"
_NOT_SIGNED = (400, "not signed with the secret of this address, or not within five minutes")
_TOO_BIG = (413, f"a body has at most {LARGEST_BODY} bytes")

Secrets = Callable[[str], list[str]]
Arrived = Callable[[Hook, datetime], None]
Word = Literal["kept", "known", "not followed"]


def make_app(secrets: Secrets, arrived: Arrived, now: Callable[[], datetime] = clock.now) -> FastAPI:
    """The door. `secrets` gives those of a connection (raises ConfigError); `arrived` is told of each new event."""
    app = FastAPI(title="Customer Success Copilot: hooks", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/{company}/{source}", _Door(secrets, arrived, now).take, methods=["POST"])
    return app


class _Door:
    def __init__(self, secrets: Secrets, arrived: Arrived, now: Callable[[], datetime]) -> None:
        self._secrets = secrets
        self._arrived = arrived
        self._now = now

    async def take(self, company: str, source: str, request: Request) -> JSONResponse:
        """Take one event, or say why not: 404, 415, 413, 400; 503 when we are not able to, so that it comes again."""
        try:
            hook = await run_in_threadpool(hook_of, company, source)
            if hook is None:
                return _refused(404, "nobody takes events here")
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
                return _refused(415, f"send {JSON}")
            if _declared_size(request) > LARGEST_BODY:
                return _refused(*_TOO_BIG)
            claimed = claim(request.headers.get(HEADERS[hook.webhook.signature], ""), self._now())
            if claimed is None:
                return _refused(*_NOT_SIGNED)
            body = await _body(request)
            return _refused(*_TOO_BIG) if body is None else await run_in_threadpool(self._settle, hook, claimed, body)
        except (ConfigError, psycopg.OperationalError):
            log.exception("hook %r/%r", company, source)
            return _refused(503, "not now: send it again later")

    def _settle(self, hook: Hook, claimed: Claim, body: bytes) -> JSONResponse:
        if not is_signed(claimed, body, self._secrets(hook.webhook.secret)):
            return _refused(*_NOT_SIGNED)
        try:
            event = read(hook.source, body)
        except Unfit as unfit:
            return _refused(400, str(unfit))
        if event is None:
            return _taken("not followed")
        if not keep(hook.company, hook.source.name, event):
            return _taken("known")
        self._arrived(hook, self._now())
        return _taken("kept")


def _taken(word: Word) -> JSONResponse:
    return JSONResponse({"event": word})


def _refused(status: int, why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status)


def _declared_size(request: Request) -> int:
    """What the request says of its size; a server lets only numbers through."""
    return int(request.headers.get("content-length", "0"))


async def _body(request: Request) -> bytes | None:
    """The body; None for one that is too big: it is read no further than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
