"""Intercom's conversation search and company list over the company's tickets and accounts.

Paths, fields, paging and refusals as https://developers.intercom.com/docs/references/rest-api/api.intercom.io/ has
them. Of its queries only the one is understood by which an increment asks.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from copilot.sandbox.vendors.answers import number_of, parts, token
from copilot.sandbox.vendors.shelf import Held, Shelf

_MOST_CONVERSATIONS_A_PAGE = 150
_MOST_COMPANIES_A_PAGE = 60
_MOST_COMPANIES = 10_000
_STATE = {"new": "open", "open": "open", "pending": "snoozed", "solved": "closed", "closed": "closed"}
_QUERY = {"field": "updated_at", "operator": ">"}
_SORT = {"field": "updated_at", "order": "ascending"}
# Personal data that no reader of ours has any use for: a test looks whether it got anywhere.
CUSTOMERS_WORDS = "Jane Doe cannot sign in"


class Intercom:
    """The conversations and companies as they are at `now()`."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self.tickets = Shelf(directory, "tickets")
        self.accounts = Shelf(directory, "accounts")
        self.now = now

    def routes(self) -> Sequence[Route]:
        """What it answers."""
        return (
            Route("/conversations/search", self.conversation_page, methods=["POST"]),
            Route("/companies/list", self.company_page, methods=["POST"]),
        )

    async def conversation_page(self, request: Request) -> Response:
        """POST /conversations/search."""
        given = await request.json()
        if isinstance(given, dict) and (given.get("query") or {}).get("operator") == "AND":
            return self._made_within(given)
        try:
            start, size, after = _asked(given)
        except (JSONDecodeError, ValueError, TypeError, KeyError):
            return _refusal(400, "parameter_invalid", "the query is not one that this endpoint understands")
        changed = [one for one in self.tickets.changed(None, self.now()) if one[1].changed_at.timestamp() > start]
        left = [(key, held) for key, held in changed if (held.changed_at, key) > after]
        page = left[:size]
        last = (page[-1][1].changed_at.isoformat(), page[-1][0]) if page else ("", "")
        following = {"next": {"per_page": size, "starting_after": token(*last)}} if len(left) > size else {}
        return JSONResponse(
            {
                "type": "conversation.list",
                "conversations": [self._conversation(key, held) for key, held in page],
                "total_count": len(changed),
                "pages": {"type": "pages", "page": 1, "per_page": size, "total_pages": -(-len(changed) // size)}
                | following,
            }
        )

    def _made_within(self, given: Mapping[str, Any]) -> Response:
        """What was begun within a span of time: both conditions are strict."""
        named = {(one["field"], one["operator"]): one["value"] for one in given["query"]["value"]}
        if set(named) != {("created_at", ">"), ("created_at", "<")}:
            return _refusal(400, "parameter_invalid", "the query is not one that this endpoint understands")
        since, until = named["created_at", ">"], named["created_at", "<"]
        there = self.tickets.changed(None, self.now())
        found = [one for one in there if since < int(one[1].now["opened_at"].timestamp()) < until]
        size = int((given.get("pagination") or {}).get("per_page", 20))
        listed = [self._conversation(key, held) for key, held in found[:size]]
        return JSONResponse({"type": "conversation.list", "conversations": listed, "total_count": len(found)})

    def company_page(self, request: Request) -> Response:
        """POST /companies/list."""
        page = int(request.query_params.get("page", 1))
        size = min(int(request.query_params.get("per_page", 15)), _MOST_COMPANIES_A_PAGE)
        if page * size > _MOST_COMPANIES:
            return _refusal(400, "parameter_invalid", "page limit reached, please use the scroll API")
        there = self.accounts.changed(None, self.now())
        return JSONResponse(
            {
                "type": "list",
                "data": [_company(key, held) for key, held in there[(page - 1) * size : page * size]],
                "total_count": len(there),
                "pages": {"type": "pages", "page": page, "per_page": size, "total_pages": -(-len(there) // size)},
            }
        )

    def _conversation(self, key: str, held: Held) -> dict[str, Any]:
        now = held.now
        account = self.accounts.records.get(now["account_id"])
        company = account.by(self.now()) if account else None
        return {
            "type": "conversation",
            "id": str(number_of(key)),
            "title": None,
            "created_at": _seconds(now["opened_at"]),
            "updated_at": _seconds(held.changed_at),
            "open": _STATE[now["status"]] != "closed",
            "state": _STATE[now["status"]],
            "read": True,
            "priority": {"normal": "medium"}.get(now["priority"], now["priority"]),
            "company": _company(now["account_id"], company) if company else None,
            "tags": {"type": "tag.list", "tags": _tags(now)},
            "conversation_rating": _rating(held),
            "source": {"type": "conversation", "body": CUSTOMERS_WORDS, "author": {"type": "user", "name": "Jane Doe"}},
            "statistics": {
                "type": "conversation_statistics",
                "first_admin_reply_at": _seconds(now["first_reply_at"]),
                "first_close_at": _seconds(now["solved_at"]),
                "last_close_at": _seconds(now["solved_at"]),
            },
        }


def _asked(body: Mapping[str, Any]) -> tuple[int, int, tuple[datetime, str]]:
    """(seconds after which, records a page, place after which). Raises ValueError, TypeError and KeyError."""
    query, pagination = dict(body["query"]), body.get("pagination") or {}
    start = query.pop("value")
    if query != _QUERY or body.get("sort") != _SORT or not isinstance(start, int):
        raise ValueError("another query")
    size = min(int(pagination.get("per_page", 20)), _MOST_CONVERSATIONS_A_PAGE)
    if "starting_after" not in pagination:
        return start, size, (datetime.min.replace(tzinfo=UTC), "")
    at, key = parts(pagination["starting_after"])
    return start, size, (datetime.fromisoformat(at), key)


def _tags(now: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"type": "tag", "id": "17", "name": "escalated"}] if now["is_escalated"] else []


def _rating(held: Held) -> dict[str, Any] | None:
    """Rated when the first version with a rating was recorded."""
    rated = next((version for version in held.versions if version["csat"] is not None), None)
    if rated is None:
        return None
    at = _seconds(rated["recorded_at"])
    return {"rating": int(rated["csat"]), "remark": CUSTOMERS_WORDS, "created_at": at, "updated_at": at}


def _company(key: str, held: Held) -> dict[str, Any]:
    now = held.now
    return {
        "type": "company",
        "id": f"{number_of(key):024x}",
        "company_id": key,
        "name": now["name"],
        "website": f"https://www.{now['domain']}" if now["domain"] else None,
        "remote_created_at": _seconds(held.created_at),
        "created_at": _seconds(held.created_at),
        "updated_at": _seconds(held.changed_at),
    }


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def stranger(_: Request) -> Response:
    """What it says to a token that it does not know."""
    return _refusal(401, "unauthorized", "Access Token Invalid")


def _refusal(status: int, code: str, message: str) -> JSONResponse:
    said = {"type": "error.list", "request_id": "0001", "errors": [{"code": code, "message": message}]}
    return JSONResponse(said, status_code=status)
