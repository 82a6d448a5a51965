"""Zendesk Support's incremental exports over the company's tickets.

Paths, fields, paging and refusals as https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
has them: pages by cursor, a link that is never empty, `end_of_stream`, side-loaded metrics and organizations.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from copilot.sandbox.vendors.answers import iso, number_of, parts, token
from copilot.sandbox.vendors.shelf import Held, Shelf

_MOST_A_PAGE = 1000
# What was changed within the last minute is left out, so that no later change can slip in before the cursor.
_SETTLED = timedelta(minutes=1)
_CREATED = re.compile(r"type:(?P<kind>ticket|organization) created>=(?P<since>\S+Z) created<(?P<until>\S+Z)")
# The custom field in which the company's survey tool leaves its 1 to 5.
CSAT_FIELD = 360001


class Zendesk:
    """The tickets and organizations as they are at `now()`."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.tickets = Shelf(directory, "tickets")
        self.accounts = Shelf(directory, "accounts")
        self.now = now

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return (
            Route("/api/v2/incremental/tickets/cursor.json", self.ticket_page),
            Route("/api/v2/incremental/organizations.json", self.organization_page),
            Route("/api/v2/search/count.json", self.count),
        )

    def ticket_page(self, request: Request) -> JSONResponse:
        """GET /api/v2/incremental/tickets/cursor.json."""
        given = request.query_params
        size = min(int(given.get("per_page", _MOST_A_PAGE)), _MOST_A_PAGE)
        try:
            after = _after(given.get("cursor"), given.get("start_time"))
        except ValueError:
            return _refusal(400, "InvalidCursor", "The cursor is not one that this endpoint gave")
        changed = self.tickets.changed(None, self.now() - _SETTLED)
        left = [(key, held) for key, held in changed if (held.changed_at, key) > after]
        page = left[:size]
        last = (page[-1][1].changed_at, page[-1][0]) if page else after
        cursor = token(last[0].isoformat(), last[1])
        include = given.get("include", "").split(",")
        body: dict[str, Any] = {"tickets": [_ticket(key, held) for key, held in page]}
        if "metric_sets" in include:
            body["metric_sets"] = [_metrics(key, held) for key, held in page]
        if "organizations" in include:
            body["organizations"] = self._organizations({held.now["account_id"] for _, held in page})
        link = request.url.remove_query_params(["start_time"]).include_query_params(cursor=cursor)
        return JSONResponse(
            {
                **body,
                "after_url": str(link),
                "after_cursor": cursor,
                "before_url": None,
                "before_cursor": None,
                "end_of_stream": len(left) <= size,
            }
        )

    def organization_page(self, request: Request) -> JSONResponse:
        """GET /api/v2/incremental/organizations.json."""
        start = datetime.fromtimestamp(int(request.query_params.get("start_time", 0)), UTC)
        changed = self.accounts.changed(start - timedelta(microseconds=1), self.now() - _SETTLED)
        page = _with_ties(changed)
        end = page[-1][1].changed_at if page else start
        following = request.url.include_query_params(start_time=int(end.timestamp()) + 1)
        return JSONResponse(
            {
                "organizations": [_organization(key, held) for key, held in page],
                "count": len(page),
                "next_page": str(following),
                "end_time": int(end.timestamp()),
                "end_of_stream": len(changed) == len(page),
            }
        )

    def count(self, request: Request) -> JSONResponse:
        """GET /api/v2/search/count.json: how many were made in a span of time."""
        asked = _CREATED.fullmatch(request.query_params.get("query", ""))
        if asked is None:
            return _refusal(422, "invalid", "the sandbox counts tickets and organizations by time of creation")
        since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        there = (self.tickets if asked["kind"] == "ticket" else self.accounts).changed(None, self.now())
        made = [one.now["opened_at"] if asked["kind"] == "ticket" else one.created_at for _, one in there]
        return JSONResponse({"count": sum(since <= at < until for at in made)})

    def _organizations(self, account_ids: set[str]) -> list[dict[str, Any]]:
        known = ((one, self.accounts.records.get(one)) for one in sorted(account_ids))
        states = ((one, held.by(self.now())) for one, held in known if held)
        return [_organization(one, held) for one, held in states if held]


def _with_ties(changed: list[tuple[str, Held]]) -> list[tuple[str, Held]]:
    """A page, and what changed in the same second as its last record: the next page begins with the next second."""
    page = changed[:_MOST_A_PAGE]
    if page:
        second = page[-1][1].changed_at.replace(microsecond=0)
        page += takewhile(lambda one: one[1].changed_at.replace(microsecond=0) == second, changed[_MOST_A_PAGE:])
    return page


def _after(cursor: str | None, start_time: str | None) -> tuple[datetime, str]:
    if cursor is None:
        return datetime.fromtimestamp(int(start_time or 0), UTC), ""
    at, key = parts(cursor)
    return datetime.fromisoformat(at), key


def _ticket(key: str, held: Held) -> dict[str, Any]:
    now = held.now
    return {
        "id": number_of(key),
        "external_id": key,
        "organization_id": number_of(str(now["account_id"])),
        "status": now["status"],
        "priority": now["priority"],
        "type": "question",
        "subject": "A question",
        "description": "How does it work?",
        "tags": ["escalated"] if now["is_escalated"] else [],
        "custom_fields": [{"id": CSAT_FIELD, "value": now["csat"]}],
        "satisfaction_rating": {"score": "unoffered"},
        "created_at": iso(now["opened_at"]),
        "updated_at": iso(held.changed_at),
        "generated_timestamp": int(held.changed_at.timestamp()),
    }


def _metrics(key: str, held: Held) -> dict[str, Any]:
    now = held.now
    replied, opened = now["first_reply_at"], now["opened_at"]
    seconds = None if replied is None else int((replied - opened).total_seconds())
    return {
        "id": number_of(f"metrics/{key}"),
        "ticket_id": number_of(key),
        "created_at": iso(opened),
        "updated_at": iso(held.changed_at),
        "solved_at": iso(now["solved_at"]),
        "reply_time_in_minutes": {"calendar": None if seconds is None else seconds // 60, "business": None},
        "reply_time_in_seconds": {"calendar": seconds},
    }


def _organization(key: str, held: Held) -> dict[str, Any]:
    now = held.now
    return {
        "id": number_of(key),
        "external_id": key,
        "name": now["name"],
        "domain_names": [now["domain"]] if now["domain"] else [],
        "created_at": iso(held.created_at),
        "updated_at": iso(held.changed_at),
    }


def _refusal(status: int, error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "description": description}, status_code=status)
