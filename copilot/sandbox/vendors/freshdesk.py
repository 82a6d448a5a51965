"""Freshdesk's lists of tickets and companies over the company's tickets and accounts.

Paths, fields, paging and refusals as https://developers.freshdesk.com/api/ has them: a bare list, the next page in the
Link header, no tickets beyond the 300th page, and none that are deleted or spam unless they are asked for.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from copilot.sandbox.vendors.answers import iso, number_of
from copilot.sandbox.vendors.shelf import Held, Shelf

_MOST_A_PAGE = 100
_USUAL_A_PAGE = 30
_MOST_TICKET_PAGES = 300
_SHOWN_WITHOUT_ASKING = timedelta(days=30)
_STATUS = {"new": 2, "open": 2, "pending": 3, "solved": 4, "closed": 5}
_PRIORITY = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
# Of this many closed tickets one is then deleted, and one marked as spam.
_ONE_IN = 20
# The custom field of a company in which the CRM's id stands.
ACCOUNT_FIELD = "account_id"
# Personal data that no reader of ours has any use for: a test looks whether it got anywhere.
CUSTOMERS_WORDS = "Jane Doe cannot sign in"


class Freshdesk:
    """The tickets and companies as they are at `now()`."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.tickets = Shelf(directory, "tickets")
        self.accounts = Shelf(directory, "accounts")
        self.now = now

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return (Route("/api/v2/tickets", self.ticket_page), Route("/api/v2/companies", self.company_page))

    def ticket_page(self, request: Request) -> JSONResponse:
        """GET /api/v2/tickets."""
        given = request.query_params
        if int(given.get("page", 1)) > _MOST_TICKET_PAGES:
            message = f"You cannot access tickets beyond the {_MOST_TICKET_PAGES}th page"
            return _refusal(400, "page", message)
        since = given.get("updated_since")
        after = datetime.fromisoformat(since) if since else None
        there = [one for one in self.tickets.changed(after, self.now()) if _list(*one) == given.get("filter")]
        if after is None:
            oldest = self.now() - _SHOWN_WITHOUT_ASKING
            there = [one for one in there if one[1].created_at >= oldest]
        if given.get("order_by") != "updated_at":
            there.sort(key=lambda one: one[1].created_at)
        if given.get("order_type", "desc") == "desc":
            there.reverse()
        has_stats = "stats" in given.get("include", "").split(",")
        return _page(request, [_ticket(key, held, has_stats) for key, held in there])

    def company_page(self, request: Request) -> JSONResponse:
        """GET /api/v2/companies."""
        there = self.accounts.changed(None, self.now())
        return _page(request, [_company(key, held) for key, held in sorted(there)])


def _page(request: Request, records: list[dict[str, Any]]) -> JSONResponse:
    """One page of them, with a link to the next if there is one."""
    given = request.query_params
    number, size = int(given.get("page", 1)), min(int(given.get("per_page", _USUAL_A_PAGE)), _MOST_A_PAGE)
    following = request.url.include_query_params(page=number + 1)
    headers = {"Link": f'<{following}>; rel="next"'} if number * size < len(records) else {}
    return JSONResponse(records[(number - 1) * size : number * size], headers=headers)


def _list(key: str, held: Held) -> str | None:
    """In which list the ticket stands: some that are closed are thrown away afterwards."""
    if held.now["status"] != "closed":
        return None
    return {0: "deleted", 1: "spam"}.get(number_of(key) % _ONE_IN)


def _ticket(key: str, held: Held, has_stats: bool) -> dict[str, Any]:
    now, listed = held.now, _list(key, held)
    said: dict[str, Any] = {
        "id": number_of(key),
        "company_id": number_of(str(now["account_id"])),
        "status": _STATUS[now["status"]],
        "priority": _PRIORITY[now["priority"]],
        "is_escalated": now["is_escalated"],
        "spam": listed == "spam",
        "subject": CUSTOMERS_WORDS,
        "cc_emails": ["jane@sandbox.test"],
        "custom_fields": {"cf_name": "Jane Doe"},
        "tags": [],
        "created_at": iso(now["opened_at"]),
        "updated_at": iso(held.changed_at),
    }
    said |= {"deleted": True} if listed == "deleted" else {}
    return said | ({"stats": _stats(held)} if has_stats else {})


def _stats(held: Held) -> dict[str, Any]:
    now = held.now
    closed = next((version["recorded_at"] for version in held.versions if version["status"] == "closed"), None)
    return {
        "first_responded_at": iso(now["first_reply_at"]),
        "agent_responded_at": iso(now["first_reply_at"]),
        "requester_responded_at": None,
        "resolved_at": iso(now["solved_at"]),
        "closed_at": iso(closed),
        "reopened_at": None,
        "status_updated_at": iso(held.changed_at),
        "pending_since": None,
    }


def _company(key: str, held: Held) -> dict[str, Any]:
    now = held.now
    return {
        "id": number_of(key),
        "name": now["name"],
        "description": CUSTOMERS_WORDS,
        "note": None,
        "domains": [now["domain"]] if now["domain"] else [],
        "custom_fields": {ACCOUNT_FIELD: key},
        "created_at": iso(held.created_at),
        "updated_at": iso(held.changed_at),
    }


def _refusal(status: int, field: str, message: str) -> JSONResponse:
    fault = {"field": field, "message": message, "code": "invalid_value"}
    return JSONResponse({"description": "Validation failed", "errors": [fault]}, status_code=status)
