"""Zendesk Support: tickets by the cursor of the incremental export, organizations by its time.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.auth import HttpBasicAuth
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator
from requests import Response

from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Access, Ask, ByTime, ByToken, Connector, Gives, Record, Row, Stream
from copilot.sources.api.history import instant, needed_id, needed_instant, versions
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors.zendesk_measures import measures

# Both exports give at most this many records an answer, and ten answers a minute.
_MOST_A_PAGE = 1000
_STATUS = {"hold": "pending", "deleted": "closed"}
_RATED = {"good": 5, "good_with_comment": 5, "bad": 1, "bad_with_comment": 1}
_TICKET = {
    "id": "number",
    "status": "text",
    "priority": "text?",
    "created_at": "text",
    "updated_at": "text",
    "tags": "list?",
    "custom_fields": "list?",
    "satisfaction_rating": "object?",
    "metric_set": "object?",
    "metric_set.solved_at": "text?",
    "metric_set.reply_time_in_minutes": "object?",
    "metric_set.reply_time_in_seconds": "object?",
    "organization": "object?",
}
_ORGANIZATION = {
    "id": "number",
    "external_id": "text?",
    "name": "text",
    "domain_names": "list?",
    "created_at": "text",
    "updated_at": "text",
}


class ExportPaginator(JSONLinkPaginator):
    """Follows a link that is never empty: only `end_of_stream` says that it leads nowhere yet."""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """The next link, unless the stream ends here."""
        super().update_state(response, data)
        if response.json().get("end_of_stream"):
            self._next_reference = None


def _access(connection: Connection, _: PatientSession) -> Access:
    return Access(HttpBasicAuth(f"{connection.login}/token", connection.password))


def _streams(options: Mapping[str, str]) -> Sequence[Stream]:
    def ticket_rows(ticket: Record) -> Iterator[Row]:
        return _ticket_rows(ticket, options)

    tickets = Stream(
        "tickets",
        ask=_ask_tickets,
        select="tickets",
        paginator=lambda: ExportPaginator("after_url"),
        gives=(Gives("tickets", ticket_rows, fields=lambda _: _TICKET),),
        cursor=ByToken("after_cursor"),
        whole=_with_sideloads,
        dropped=frozenset(
            {"subject", "raw_subject", "description", "via", "recipient", "follower_ids", "collaborator_ids"}
        ),
    )
    organizations = Stream(
        "organizations",
        ask=_ask_organizations,
        select="organizations",
        paginator=lambda: ExportPaginator("next_page"),
        gives=(Gives("customers", _customer_rows, fields=lambda _: _ORGANIZATION),),
        cursor=ByTime(lambda record: needed_instant(record["updated_at"])),
    )
    return tickets, organizations


def _ask_tickets(since: datetime | str | None) -> Ask:
    begin: dict[str, Any] = {"start_time": 0} if since is None else {"cursor": since}
    return Ask(
        "api/v2/incremental/tickets/cursor.json",
        params={**begin, "include": "metric_sets,organizations", "per_page": _MOST_A_PAGE},
    )


def _ask_organizations(since: datetime | str | None) -> Ask:
    start = int(since.timestamp()) if isinstance(since, datetime) else 0
    return Ask("api/v2/incremental/organizations.json", params={"start_time": start})


def _with_sideloads(body: Mapping[str, Any], tickets: list[Record]) -> list[Record]:
    """Each ticket with its metrics and its organization, which the answer carries beside it."""
    # By the id as text: one ticket whose id has another form does not cost the page.
    metrics = {str(one["ticket_id"]): one for one in body.get("metric_sets") or ()}
    organizations = {str(one["id"]): one for one in body.get("organizations") or ()}
    return [
        {
            **ticket,
            "metric_set": ticket.get("metric_set") or metrics.get(str(ticket.get("id"))),
            "organization": organizations.get(str(ticket.get("organization_id"))),
        }
        for ticket in tickets
    ]


def _ticket_rows(ticket: Record, options: Mapping[str, str]) -> Iterator[Row]:
    """Opened, first answered, solved, and as it is since its last change."""
    metrics = ticket.get("metric_set") or {}
    opened, solved = needed_instant(ticket["created_at"]), instant(metrics.get("solved_at"))
    replied = _replied(opened, metrics)
    status = ticket["status"]
    lasting = {
        "ticket_id": needed_id(ticket["id"]),
        "account_id": _account_of(ticket),
        "priority": ticket.get("priority"),
        "opened_at": opened,
    }
    facts = (
        (opened, {"status": "new"}),
        (replied, {"status": "open", "first_reply_at": replied}),
        (solved, {"status": "solved", "solved_at": solved}),
    )
    now = {
        "status": _STATUS.get(status, status),
        "csat": _csat(ticket, options["csat_field"]),
        "is_escalated": options["escalated_tag"] in (ticket.get("tags") or ()),
    }
    return versions(lasting, facts, needed_instant(ticket["updated_at"]), now)


def _customer_rows(organization: Record) -> Iterator[Row]:
    created, changed = needed_instant(organization["created_at"]), needed_instant(organization["updated_at"])
    lasting = {
        "customer_id": _customer_id(organization),
        "account_id": organization.get("external_id") or None,
        "name": organization.get("name"),
        "domain": next(iter(organization.get("domain_names") or ()), None),
        "created_on": created.date(),
    }
    return versions(lasting, ((created, {}),), changed, {})


def _account_of(ticket: Record) -> str | None:
    return _customer_id(ticket["organization"]) if ticket.get("organization") else None


def _customer_id(organization: Record) -> str:
    """What tickets call their account: the CRM's id where Zendesk carries it, else Zendesk's own."""
    return needed_id(organization.get("external_id") or organization["id"])


def _replied(opened: datetime, metrics: Mapping[str, Any]) -> datetime | None:
    """The first public reply: Zendesk tells how long it took, in seconds on newer tickets and in minutes on all."""
    seconds = (metrics.get("reply_time_in_seconds") or {}).get("calendar")
    if seconds is not None:
        return opened + timedelta(seconds=seconds)
    minutes = (metrics.get("reply_time_in_minutes") or {}).get("calendar")
    return None if minutes is None else opened + timedelta(minutes=minutes)


def _csat(ticket: Record, field: str) -> float | None:
    """1 to 5: from the custom field that holds it, else Zendesk's own good and bad as 5 and 1."""
    if field:
        answers = {str(one["id"]): one.get("value") for one in ticket.get("custom_fields") or ()}
        return answers.get(field)
    return _RATED.get((ticket.get("satisfaction_rating") or {}).get("score", ""))


ZENDESK = Connector(
    "zendesk",
    access=_access,
    streams=_streams,
    # The custom field in which a survey tool leaves its 1 to 5, by its id; the tag that marks an escalated ticket.
    options={"csat_field": "", "escalated_tag": "escalated"},
    measures=measures,
)
