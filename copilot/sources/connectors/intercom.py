"""Intercom: conversations as tickets, by search for what changed; companies as customers, all of them each time.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/searchconversations
Companies cannot be asked for by time. They are listed by page, which Intercom does for ten thousand of them. Its scroll
knows no such limit, but remembers by itself where it stands: a page that is asked for again is another one, and what
was lost on the way stays lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from copilot.sources.api.auth import Bearer
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Access, Ask, ByTime, Connector, Gives, Record, Row, Since, Stream
from copilot.sources.api.history import instant, needed_id, needed_instant, versions
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors.intercom_measures import companies as first_companies
from copilot.sources.connectors.intercom_measures import company_pages, measures

# A conversation names its company since 2.15; 2.17 tells five levels of priority, where earlier ones tell two.
_VERSION = "2.17"
_MOST_CONVERSATIONS_A_PAGE = 150
_PRIORITY = {"low": "low", "medium": "normal", "high": "high", "urgent": "urgent"}
_PRIORITY |= {"not_priority": "normal", "priority": "high"}
_CONVERSATION = {
    "id": "text",
    "created_at": "number",
    "updated_at": "number",
    "state": "text",
    "priority": "text?",
    "statistics": "object?",
    "statistics.first_admin_reply_at": "number?",
    "statistics.first_close_at": "number?",
    "statistics.last_close_at": "number?",
    "tags": "object?",
    "tags.tags": "list?",
    "company": "object?",
    "company.id": "text?",
    "company.company_id": "text?",
    "conversation_rating": "object?",
    "conversation_rating.rating": "number?",
    "conversation_rating.updated_at": "number?",
}
# Of these nothing was said by anybody; of the others only parts are read.
_WORDLESS = ("id", "created_at", "updated_at", "state", "priority", "statistics", "tags")
_COMPANY = {
    "id": "text",
    "company_id": "text?",
    "name": "text?",
    "website": "text?",
    "created_at": "number",
    "remote_created_at": "number?",
    "updated_at": "number",
}


def _access(connection: Connection, _: PatientSession) -> Access:
    return Access(Bearer(connection.password), headers={"Intercom-Version": _VERSION, "Accept": "application/json"})


def _streams(options: Mapping[str, str]) -> Sequence[Stream]:
    def ticket_rows(conversation: Record) -> Iterator[Row]:
        return _ticket_rows(conversation, options["escalated_tag"])

    conversations = Stream(
        "conversations",
        ask=_ask_conversations,
        select="conversations",
        paginator=_search_pages,
        gives=(Gives("tickets", ticket_rows, fields=lambda _: _CONVERSATION),),
        cursor=ByTime(lambda record: needed_instant(record["updated_at"])),
        total="total_count",
        whole=lambda _, records: [_without_words(record) for record in records],
    )
    companies = Stream(
        "companies",
        ask=lambda _: first_companies(),
        select="data",
        paginator=company_pages,
        gives=(Gives("customers", _customer_rows, fields=lambda _: _COMPANY),),
        total="total_count",
        whole=lambda _, records: [_part(record, _COMPANY) for record in records],
    )
    return conversations, companies


def _ask_conversations(since: Since) -> Ask:
    start = int(since.timestamp()) if isinstance(since, datetime) else 0
    question = {
        "query": {"field": "updated_at", "operator": ">", "value": start},
        "sort": {"field": "updated_at", "order": "ascending"},
        "pagination": {"per_page": _MOST_CONVERSATIONS_A_PAGE},
    }
    return Ask("conversations/search", "POST", json=question)


def _search_pages() -> JSONResponseCursorPaginator:
    return JSONResponseCursorPaginator("pages.next.starting_after", cursor_body_path="pagination.starting_after")


def _without_words(conversation: Record) -> Record:
    """What is read of a conversation: not what was said in it, nor by whom."""
    return {name: conversation[name] for name in _WORDLESS if name in conversation} | {
        "company": _part(conversation.get("company"), ("id", "company_id")),
        "conversation_rating": _part(conversation.get("conversation_rating"), ("rating", "updated_at")),
    }


def _part(said: Any, fields: Iterable[str]) -> Any:
    """An object cut down to some of its fields; anything else as it is, so that it is seen to be something else."""
    return {name: said[name] for name in fields if name in said} if isinstance(said, dict) else said


def _ticket_rows(conversation: Record, escalated_tag: str) -> Iterator[Row]:
    """Opened, first answered, first and last closed, rated, and as it is since its last change."""
    opened, company = needed_instant(conversation["created_at"]), conversation["company"]
    rating = conversation["conversation_rating"] or {}
    replied, first_closed, closed = _times(conversation)
    lasting = {
        "ticket_id": needed_id(conversation["id"]),
        "account_id": _customer_id(company) if company else None,
        "priority": _PRIORITY.get(conversation.get("priority") or ""),
        "opened_at": opened,
    }
    is_closed_before = replied and first_closed and first_closed <= replied
    facts = (
        (opened, {"status": "new"}),
        (replied, {"first_reply_at": replied} | ({} if is_closed_before else {"status": "open"})),
        (first_closed, {"status": "solved", "solved_at": first_closed}),
        (closed, {"status": "solved", "solved_at": closed}),
        (instant(rating.get("updated_at")) if rating.get("rating") else None, {"csat": rating.get("rating")}),
    )
    now = {
        "status": _status(conversation["state"], replied),
        "solved_at": closed if conversation["state"] == "closed" else None,
        "csat": rating.get("rating"),
        "is_escalated": escalated_tag in _tags(conversation),
    }
    return versions(lasting, facts, needed_instant(conversation["updated_at"]), now)


def _times(conversation: Record) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When it was first answered, first closed and last closed."""
    numbers = conversation.get("statistics") or {}
    replied, first, last = (numbers.get(n) for n in ("first_admin_reply_at", "first_close_at", "last_close_at"))
    return instant(replied), instant(first), instant(last)


def _status(state: str, replied: datetime | None) -> str:
    """Intercom closes what may be opened again at any time: that is solved, not closed for good."""
    return {"closed": "solved", "snoozed": "pending", "open": "open" if replied else "new"}.get(state, state)


def _tags(conversation: Record) -> set[str]:
    return {tag["name"] for tag in (conversation.get("tags") or {}).get("tags") or ()}


def _customer_rows(company: Record) -> Iterator[Row]:
    created = needed_instant(company["created_at"])
    lasting = {
        "customer_id": _customer_id(company),
        "account_id": company.get("company_id") or None,
        "name": company.get("name"),
        "domain": _domain(company.get("website")),
        "created_on": (instant(company.get("remote_created_at")) or created).date(),
    }
    return versions(lasting, ((created, {}),), needed_instant(company["updated_at"]), {})


def _customer_id(company: Record) -> str:
    """What tickets call their account: the id that the company gave, which is the CRM's, else Intercom's own."""
    return needed_id(company.get("company_id") or company["id"])


def _domain(website: str | None) -> str | None:
    if not website:
        return None
    host = urlsplit(website if "//" in website else f"//{website}").hostname
    return host.removeprefix("www.") if host else None


INTERCOM = Connector(
    "intercom",
    access=_access,
    streams=_streams,
    # The tag that marks an escalated conversation.
    options={"escalated_tag": "escalated"},
    measures=measures,
)
