"""What Zendesk counts of a day: the count endpoint of its search.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/ A search without a zone means the
account's own; what was deleted is not found by it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from copilot.sources.api.connector import Ask, Measure, Record
from copilot.sources.api.history import needed_instant
from copilot.sources.api.measures import begin, end, told
from copilot.sources.figures import Dated


def measures(_: Mapping[str, str]) -> Sequence[Measure]:
    """Tickets and organizations that were made on a day."""
    return (
        told("tickets", "opened_at", _created("ticket"), "count", _ticket),
        told("customers", "created_on", _created("organization"), "count", _organization),
    )


def _created(kind: str) -> Callable[[date], Ask]:
    def ask(day: date) -> Ask:
        query = f"type:{kind} created>={begin(day):%Y-%m-%dT%H:%M:%SZ} created<{end(day):%Y-%m-%dT%H:%M:%SZ}"
        return Ask("api/v2/search/count.json", params={"query": query})

    return ask


def _ticket(ticket: Record) -> Iterator[Dated]:
    yield Dated(str(ticket["id"]), needed_instant(ticket["created_at"]).date())


def _organization(organization: Record) -> Iterator[Dated]:
    key = str(organization.get("external_id") or organization["id"])
    yield Dated(key, needed_instant(organization["created_at"]).date())
