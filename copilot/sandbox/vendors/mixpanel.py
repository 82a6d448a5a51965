"""Mixpanel's raw event export over the company's usage.

Path, parameters, lines and refusals as https://docs.mixpanel.com/reference/raw-event-export has them: days of events,
inclusive at both ends, one JSON object a line. Of its expressions only those by time of receipt are understood.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from copilot.sandbox.vendors.usage_log import Sent, Span, UsageLog

PROJECT_ID = "3141592"
# The group key by which the company's product names the account.
ACCOUNT_PROPERTY = "company_id"
_LINES_A_CHUNK = 1000
_RECEIVED = r'properties\["mp_processing_time_ms"\]'
_RECEIVED_SINCE = re.compile(rf"{_RECEIVED} >= (\d{{1,15}})(?: and {_RECEIVED} < (\d{{1,15}}))?")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Mixpanel:
    """The events that were received by `now()`."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.log = UsageLog(directory)
        self.now = now

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return (Route("/api/2.0/export", self.export),)

    def export(self, request: Request) -> Response:
        """GET /api/2.0/export."""
        try:
            span = _span(request.query_params, self.now())
        except ValueError as error:
            return _refusal(400, str(error), request)
        return StreamingResponse(self._chunks(span), media_type="text/plain")

    def _chunks(self, span: Span) -> Iterator[bytes]:
        lines = (_line(sent) for sent in chain(self.log.events(span), self.log.totals(span)))
        while chunk := "".join(islice(lines, _LINES_A_CHUNK)):
            yield chunk.encode()


def _span(given: Mapping[str, str], now: datetime) -> Span:
    if given.get("project_id") != PROJECT_ID:
        raise ValueError("project_id: this service account is no member of the project")
    where = _RECEIVED_SINCE.fullmatch(given["where"]) if "where" in given else None
    if "where" in given and where is None:
        raise ValueError("where: the expression cannot be parsed")
    since = _BEGINNING + timedelta(milliseconds=int(where[1])) if where else _BEGINNING
    until = _BEGINNING + timedelta(milliseconds=int(where[2])) if where and where[2] else now + _TICK
    try:
        first, last = (date.fromisoformat(given[name]) for name in ("from_date", "to_date"))
    except (KeyError, ValueError):
        raise ValueError("from_date and to_date are needed, as YYYY-MM-DD") from None
    return Span(since, min(until, now + _TICK), first, last)


def _line(sent: Sent) -> str:
    properties: dict[str, Any] = {
        "time": int(sent.occurred_at.timestamp()),
        "distinct_id": sent.user_id or "",
        "$insert_id": sent.key,
        "mp_processing_time_ms": int(sent.received_at.timestamp() * 1000),
        "$lib_version": "5.1.0",
        ACCOUNT_PROPERTY: sent.account_id,
        **sent.properties,
    }
    return json.dumps({"event": sent.name, "properties": properties}) + "\n"


def stranger(request: Request) -> Response:
    """What it says to a service account that it does not know."""
    return _refusal(401, "Invalid service account credentials", request)


def _refusal(status: int, error: str, request: Request) -> JSONResponse:
    return JSONResponse({"error": error, "request": f"{request.url.path}?{request.url.query}"}, status_code=status)
