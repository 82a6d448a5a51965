"""What Intercom has of a day: the total of a conversation search, and its list of companies counted again.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/searchconversations
Companies cannot be asked for by time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

from copilot.sources.api.connector import Ask, Measure, Record
from copilot.sources.api.history import instant, needed_instant
from copilot.sources.api.measures import Listing, begin, counted_again, end, told
from copilot.sources.figures import Dated

MOST_COMPANIES_A_PAGE = 60


def company_pages() -> PageNumberPaginator:
    """Turns the pages of the list of companies."""
    return PageNumberPaginator(base_page=1, total_path=None)


def companies() -> Ask:
    """The first page of the list of companies."""
    return Ask("companies/list", "POST", params={"per_page": MOST_COMPANIES_A_PAGE})


def measures(_: Mapping[str, str]) -> Sequence[Measure]:
    """Conversations that were begun on a day, and companies that became customers on it."""
    listed = Listing("companies", lambda _: [companies()], "data", company_pages, _company)
    return (
        told("tickets", "opened_at", _created, "total_count", _conversation),
        counted_again("customers", "created_on", listed),
    )


def _created(day: date) -> Ask:
    """From its first second to its last: Intercom compares with > and <."""
    conditions = [
        {"field": "created_at", "operator": ">", "value": int(begin(day).timestamp()) - 1},
        {"field": "created_at", "operator": "<", "value": int(end(day).timestamp())},
    ]
    question = {"query": {"operator": "AND", "value": conditions}, "pagination": {"per_page": 1}}
    return Ask("conversations/search", "POST", json=question)


def _conversation(conversation: Record) -> Iterator[Dated]:
    yield Dated(str(conversation["id"]), needed_instant(conversation["created_at"]).date())


def _company(company: Record) -> Iterator[Dated]:
    since = instant(company.get("remote_created_at")) or needed_instant(company["created_at"])
    yield Dated(str(company.get("company_id") or company["id"]), since.date())
