"""What a signed body says: an event of the sender's, under its own id, ready to be kept. Pure."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from copilot.sources.api.dropped import without
from copilot.sources.config import Source, did_you_mean
from copilot.sources.webhooks.stripe_events import API_VERSION, FOLLOWED, PERSONAL

LONGEST_ID = 255


class Unfit(ValueError):  # noqa: N818 - named for the body
    """A body that its sender signed and that we cannot take; the message tells the sender what to change."""


@dataclass(frozen=True)
class Event:
    """One event: the sender's id, its kind (Stripe's type, or the canonical table), and what is kept of it."""

    id: str
    kind: str
    payload: str


def read(source: Source, body: bytes) -> Event | None:
    """The event in a body; None for one that this source does not follow. Raises Unfit."""
    said = _object(body)
    if source.type == "files":
        return _rows(source, said, body)
    if said.get("object") != "event" or not _has_object(said.get("data")):
        raise Unfit("the body is no event of Stripe's")
    kind = said.get("type")
    if kind not in FOLLOWED:
        return None
    if said.get("api_version") != API_VERSION:
        raise Unfit(f"the endpoint has to be made with API version {API_VERSION}")
    return Event(_id(said), str(kind), json.dumps(without(said, PERSONAL)))


def _has_object(told: Any) -> bool:
    return isinstance(told, dict) and isinstance(told.get("object"), dict)


def _rows(source: Source, said: dict[str, Any], body: bytes) -> Event:
    """Rows of one canonical table. Their numbers are kept as they are written, so the body itself is kept."""
    table = said.get("table")
    if table not in source.given:
        raise Unfit(f"table: {table!r} is not taken here: {did_you_mean(str(table), list(source.given))}")
    rows = said.get("rows")
    if not isinstance(rows, list) or not rows:
        raise Unfit("rows: a list of at least one row is needed")
    return Event(_id(said), str(table), body.decode())


def _id(said: dict[str, Any]) -> str:
    found = said.get("id")
    if not isinstance(found, str) or not found.strip() or len(found) > LONGEST_ID or not found.isprintable():
        raise Unfit(f"id: a text of at most {LONGEST_ID} characters is needed, another one for each event")
    return found


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unfit("the body is no JSON in UTF-8") from None
    if not isinstance(said, dict):
        raise Unfit("the body is no JSON object")
    return said


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
