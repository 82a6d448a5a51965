"""Amplitude's export over the company's usage.

Path, parameters, files and refusals as https://amplitude.com/docs/apis/analytics/export has them: hours of receipt,
inclusive at both ends, a zip of gzipped JSON lines, 404 where there is nothing, an hour only two hours after its end.
"""

import gzip
import json
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby, islice
from pathlib import Path
from typing import IO, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from copilot.sandbox.vendors.answers import number_of
from copilot.sandbox.vendors.usage_log import Sent, Span, UsageLog

# The type of group as which the company's product names the account.
ACCOUNT_GROUP = "org id"
_PROJECT = 271828
_HOUR = timedelta(hours=1)
_UNTIL_EXPORTED = timedelta(hours=2)
_LONGEST = timedelta(days=365)
_LINES_A_CHUNK = 1000
_BODY_CHUNK = 1 << 16


class Amplitude:
    """The events of every hour that could be exported by `now()`."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.log = UsageLog(directory)
        self.now = now

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return (Route("/api/2/export", self.export),)

    def export(self, request: Request) -> Response:
        """GET /api/2/export."""
        try:
            start, end = (_hour(request.query_params[name]) for name in ("start", "end"))
        except (KeyError, ValueError):
            return _refusal(400, "start and end are needed, as YYYYMMDDTHH")
        if end - start >= _LONGEST:
            return _refusal(400, "The time range is longer than 365 days")
        span = Span(start, min(end + _HOUR, _begin_of_hour(self.now() - _UNTIL_EXPORTED)))
        if next(chain(self.log.events(span), self.log.totals(span)), None) is None:
            return PlainTextResponse("Raw data files were not found.", status_code=404)
        return StreamingResponse(self._zipped(span), media_type="application/zip")

    def _zipped(self, span: Span) -> Iterator[bytes]:
        with tempfile.TemporaryFile() as file:
            self._write(span, file)
            file.seek(0)
            while chunk := file.read(_BODY_CHUNK):
                yield chunk

    def _write(self, span: Span, file: IO[bytes]) -> None:
        """A file for every hour in which something was received."""
        with zipfile.ZipFile(file, "w") as archive:
            for part, log in enumerate((self.log.events(span), self.log.totals(span))):
                for hour, received in groupby(log, lambda sent: _begin_of_hour(sent.received_at)):
                    name = f"{_PROJECT}/{_PROJECT}_{hour:%Y-%m-%d}_{hour.hour}#{part}.json.gz"
                    with (
                        archive.open(name, "w") as member,
                        gzip.GzipFile(fileobj=member, mode="wb", mtime=0, compresslevel=1) as lines,
                    ):
                        _write_lines(received, lines)


def _write_lines(received: Iterator[Sent], lines: gzip.GzipFile) -> None:
    texts = map(_line, received)
    while chunk := "".join(islice(texts, _LINES_A_CHUNK)):
        lines.write(chunk.encode())


def _line(sent: Sent) -> str:
    happened_at = _time(sent.occurred_at)
    said: dict[str, Any] = {
        "$insert_id": sent.key,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, sent.key)),
        "app": _PROJECT,
        "event_type": sent.name,
        "event_time": happened_at,
        "client_event_time": happened_at,
        "server_upload_time": _time(sent.received_at),
        "user_id": sent.user_id,
        "device_id": "server",
        "ip_address": None,
        "country": None,
        "amplitude_id": number_of(sent.user_id) if sent.user_id else None,
        "groups": {ACCOUNT_GROUP: [sent.account_id]},
        "event_properties": dict(sent.properties),
        "user_properties": {},
    }
    return json.dumps(said) + "\n"


def _time(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _hour(said: str) -> datetime:
    return datetime.strptime(said, "%Y%m%dT%H").replace(tzinfo=UTC)


def _begin_of_hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def stranger(_: Request) -> Response:
    """What it says to a key that it does not know."""
    return _refusal(401, "Invalid API key or secret key")


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"http_code": status, "type": "invalid_request", "message": message}}, status)
