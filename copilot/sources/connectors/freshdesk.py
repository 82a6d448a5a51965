"""Freshdesk: tickets by the time of their last change, also those deleted or marked as spam; all companies each time.

https://developers.freshdesk.com/api/#list_all_tickets and #list_all_companies
A list of tickets ends at its 300th page, shifts while it is read, and leaves out what is deleted or spam: those have
lists of their own. Without `updated_since` it goes back no more than 30 days.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.auth import HttpBasicAuth
from dlt.sources.helpers.rest_client.paginators import BasePaginator, HeaderLinkPaginator
from requests import Request, Response

from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Access, Ask, ByTime, Connector, Gives, Record, Row, Since, Stream
from copilot.sources.api.history import Fact, instant, needed_id, needed_instant, versions
from copilot.sources.api.session import PatientSession

_MOST_A_PAGE = 100
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# Whether a ticket of the very second that is asked for comes too is not documented.
_SECOND = timedelta(seconds=1)
# The other statuses are a company's own, or wait for somebody.
_STATUS = {2: "open", 4: "solved", 5: "closed"}
_PRIORITY = {1: "low", 2: "normal", 3: "high", 4: "urgent"}
_TICKET = {
    "id": "number",
    "status": "number",
    "priority": "number?",
    "company_id": "number?",
    "is_escalated": "flag?",
    "deleted": "flag?",
    "spam": "flag?",
    "created_at": "text",
    "updated_at": "text",
    "stats": "object",
    "stats.first_responded_at": "text?",
    "stats.resolved_at": "text?",
    "stats.closed_at": "text?",
    "stats.reopened_at": "text?",
}
_COMPANY = {
    "id": "number",
    "name": "text",
    "domains": "list?",
    "custom_fields": "object?",
    "created_at": "text",
    "updated_at": "text",
}


class TicketPaginator(BasePaginator):
    """Asks anew for what changed since the last ticket of each page; by number only through one second."""

    def __init__(self) -> None:
        super().__init__()
        self._page = 1
        self._last = _BEGINNING

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """Whether there is more, and up to when the tickets came."""
        self._has_next_page = "next" in response.links and bool(data)
        if data:
            self._last = needed_instant(data[-1]["updated_at"])

    def update_request(self, request: Request) -> None:
        """The next question."""
        params: Any = request.params
        since = self._last - _SECOND
        is_further = since > needed_instant(params["updated_since"])
        self._page = 1 if is_further else self._page + 1
        request.params = {**params, "page": self._page} | ({"updated_since": _iso(since)} if is_further else {})


def _access(connection: Connection, _: PatientSession) -> Access:
    return Access(HttpBasicAuth(connection.password, "X"))


def _streams(options: Mapping[str, str]) -> Sequence[Stream]:
    def customer_rows(company: Record) -> Iterator[Row]:
        return _customer_rows(company, options["account_field"])

    companies = Stream(
        "companies",
        ask=lambda _: Ask("api/v2/companies", params={"per_page": _MOST_A_PAGE}),
        select="$",
        paginator=HeaderLinkPaginator,
        gives=(Gives("customers", customer_rows, fields=lambda _: _COMPANY),),
        dropped=frozenset({"description", "note"}),
    )
    return (
        _tickets("tickets", {}),
        _tickets("deleted_tickets", {"filter": "deleted"}),
        _tickets("spam_tickets", {"filter": "spam"}),
        companies,
    )


def _tickets(name: str, chosen: Mapping[str, str]) -> Stream:
    def ask(since: Since) -> Ask:
        start = since if isinstance(since, datetime) else _BEGINNING
        order = {"order_by": "updated_at", "order_type": "asc", "include": "stats", "per_page": _MOST_A_PAGE}
        return Ask("api/v2/tickets", params={**order, **chosen, "updated_since": _iso(start)})

    return Stream(
        name,
        ask=ask,
        select="$",
        paginator=TicketPaginator,
        gives=(Gives("tickets", _ticket_rows, fields=lambda _: _TICKET),),
        cursor=ByTime(lambda record: needed_instant(record["updated_at"])),
        # That a deletion moves the time of change is not documented either.
        full_every=timedelta(days=7),
        whole=lambda _, records: [_known(record) for record in records],
    )


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _known(ticket: Record) -> Record:
    """What is read of a ticket: not what was said in it, nor by whom."""
    return {name: ticket[name] for name in _TICKET if name in ticket}


def _ticket_rows(ticket: Record) -> Iterator[Row]:
    """Opened, first answered, solved, opened again, closed, and as it is since its last change."""
    opened, stats = needed_instant(ticket["created_at"]), ticket["stats"]
    replied, solved, closed, again = (
        instant(stats.get(name)) for name in ("first_responded_at", "resolved_at", "closed_at", "reopened_at")
    )
    done = solved or closed
    lasting = {
        "ticket_id": needed_id(ticket["id"]),
        "account_id": None if ticket.get("company_id") is None else str(ticket["company_id"]),
        "opened_at": opened,
    }
    facts: Sequence[Fact] = (
        (opened, {"status": "new"}),
        (replied, {"first_reply_at": replied} | ({} if replied and done and done <= replied else {"status": "open"})),
        (solved, {"status": "solved", "solved_at": solved}),
        (again, {"status": "open", "solved_at": None}),
        (closed, {"status": "closed", "solved_at": done}),
    )
    status = _status(ticket, replied)
    now = {
        "status": status,
        "priority": _PRIORITY.get(ticket.get("priority") or 0),
        "solved_at": done if status in ("solved", "closed") else None,
        "is_escalated": bool(ticket.get("is_escalated")),
    }
    return versions(lasting, facts, needed_instant(ticket["updated_at"]), now)


def _status(ticket: Record, replied: datetime | None) -> str:
    """Freshdesk has no word for a new ticket; one that is deleted or spam is over."""
    if ticket.get("deleted") or ticket.get("spam"):
        return "closed"
    status = _STATUS.get(ticket["status"], "pending")
    return "new" if status == "open" and replied is None else status


def _customer_rows(company: Record, account_field: str) -> Iterator[Row]:
    created = needed_instant(company["created_at"])
    lasting = {
        "customer_id": needed_id(company["id"]),
        "account_id": (company.get("custom_fields") or {}).get(account_field) or None,
        "name": company["name"],
        "domain": next(iter(company.get("domains") or ()), None),
        "created_on": created.date(),
    }
    return versions(lasting, ((created, {}),), needed_instant(company["updated_at"]), {})


FRESHDESK = Connector(
    "freshdesk",
    access=_access,
    streams=_streams,
    # The custom field of a company that holds the CRM's id.
    options={"account_field": ""},
)
