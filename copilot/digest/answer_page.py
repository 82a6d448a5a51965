"""The web pages behind the digest's links: GET shows a form, only POST records. Mounted under /cs by plugins/.

The routes are open on purpose: a link is its own authority. They read nothing from the warehouse and show only what the
link says: which answer, for which item of which morning's digest; never an account's name or figures.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast, get_args
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from config.settings import ConfigError, secret
from copilot import clock
from copilot.digest.rate import PostLimit
from copilot.digest.sign import ANSWERS, LONGEST_TOKEN, Answer, Link, verify
from copilot.digest.wording import day
from copilot.warehouse import feedback

# A form holds a token and one word; one-click unsubscribing adds a line (RFC 8058).
LARGEST_BODY = LONGEST_TOKEN + 512
ANSWER, UNSUBSCRIBE = "/answer", "/unsubscribe"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FIELDS = 8
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_PAGES = Environment(
    loader=PackageLoader("copilot.digest"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)

Keys = Callable[[], list[str]]


def signing_keys() -> list[str]:
    """The current key and, while it is being rotated out, the previous one."""
    keys = [secret("link_key")]
    try:
        keys.append(secret("link_key_previous"))
    except ConfigError:
        return keys
    return keys


def make_app(keys: Keys = signing_keys, now: Callable[[], datetime] = clock.now) -> FastAPI:
    """The two pages, `/answer` and `/unsubscribe`. HEAD is answered like GET, without a body."""
    app = FastAPI(title="Customer Success Copilot: answers", docs_url=None, redoc_url=None, openapi_url=None)
    pages = _Pages(keys, now)
    for path in (ANSWER, UNSUBSCRIBE):
        app.add_api_route(path, pages.show, methods=["GET", "HEAD"], response_class=HTMLResponse)
        app.add_api_route(path, pages.take, methods=["POST"], response_class=HTMLResponse)
    return app


class _Pages:
    """Both pages: the same steps, for links of two kinds."""

    def __init__(self, keys: Keys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now
        self._limit = PostLimit()

    async def show(self, request: Request) -> Response:
        """The form of a link; records nothing."""
        token = request.query_params.get("token", "")
        link = await run_in_threadpool(self._read, token, request.url.path)
        return _refusal() if link is None else _page(_question(link), _choices(link), token)

    async def take(self, request: Request) -> Response:
        """Record the answer of a posted form."""
        form = await _form(request)
        if form is None:
            return _refusal()
        token = form.get("token") or request.query_params.get("token", "")
        link = await run_in_threadpool(self._read, token, request.url.path)
        if link is None:
            return _refusal()
        if not self._limit.allows(token, self._now()):
            return _page("Too many answers through this link. Please wait a minute.", status=429)
        return await run_in_threadpool(_record, link, form.get("answer", ""), token)

    def _read(self, token: str, path: str) -> Link | None:
        """The link, when it is valid and made for this page."""
        link = verify(token, self._keys(), self._now())
        made_for = UNSUBSCRIBE if link is not None and link.purpose == "unsubscribe" else ANSWER
        return link if path.endswith(made_for) else None


def _record(link: Link, chosen: str, token: str) -> Response:
    """Write down one allowed choice; a link with one answer needs no choice."""
    if link.purpose == "unsubscribe":
        wants = chosen == "resume"
        feedback.record_wish(link, wants)
        return _page(
            "You will get the digest." if wants else "You will get no more digests.", _choices(link, wants), token
        )
    answer = chosen if link.purpose == "any" else link.purpose
    if answer not in get_args(Answer):
        return _page(_question(link), _choices(link), token, status=400)
    feedback.record_answer(link, cast(Answer, answer))
    return _page(f"Thank you. Recorded: {ANSWERS[cast(Answer, answer)]}, for {_item(link)}. You can close this page.")


def _question(link: Link) -> str:
    if link.purpose == "unsubscribe":
        return "Stop the daily digest?"
    if link.purpose in get_args(Answer):
        return f"You are about to answer: {ANSWERS[cast(Answer, link.purpose)]}, for {_item(link)}."
    return f"Your answer for {_item(link)}:"


def _item(link: Link) -> str:
    """What the link says about the item, and no more: whoever opens it without the mail learns nothing."""
    return f"item {link.item} of your digest of {day(link.digest_date)}"


def _choices(link: Link, wants_digest: bool = True) -> list[tuple[str, str]]:
    """(value, label) of each button."""
    if link.purpose == "unsubscribe":
        return [("stop", "Stop")] if wants_digest else [("resume", "Start again")]
    if link.purpose == "any":
        return list(ANSWERS.items())
    return [(link.purpose, "Record")]


def _refusal() -> Response:
    """One answer for whatever is not ours: forged, cut, expired, foreign, for another page."""
    return _page("This link cannot be used (any more). Nothing was recorded.", status=404)


def _page(message: str, choices: list[tuple[str, str]] | None = None, token: str = "", status: int = 200) -> Response:
    body = _PAGES.get_template("answer.html.j2").render(message=message, choices=choices or [], token=token)
    return HTMLResponse(body, status_code=status, headers=HEADERS)


async def _form(request: Request) -> dict[str, str] | None:
    """The first value of each field of a small form; None for anything else, read no further than the limit.

    A multipart body is let pass unread: mail programs may unsubscribe with one, and their token stands in the address.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    if kind == MULTIPART:
        return {}
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=FIELDS) if kind == FORM else None
    except ValueError:
        return None
    return None if fields is None else {name: values[0] for name, values in fields.items()}
