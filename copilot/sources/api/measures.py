"""What a vendor says that it has of one day: a question of its own, never a look at what was landed.

A vendor that counts is asked for the number. One that does not has its list read again, page by page: of each record
only the key, the day and the money are kept, and nothing is stored.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator

from copilot.sources.api.connector import Ask, Measure, Record
from copilot.sources.api.faults import UntrustworthyPage
from copilot.sources.api.pages import Page, caller, pages
from copilot.sources.figures import Dated, Figure, Sums

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Listing:
    """A vendor's own list, asked for some days; `read` finds what is counted in a record, which may be nothing."""

    name: str
    asks: Callable[[Sequence[date]], Iterable[Ask]]
    select: str
    paginator: Callable[[], BasePaginator]
    read: Callable[[Record], Iterator[Dated]]


def take(sums: Sums, found: Iterable[Page], read: Callable[[Record], Iterator[Dated]]) -> None:
    """Count what is on the pages."""
    for page in found:
        for record in page.records:
            for one in read(record):
                sums.add(one)


def counted_again(table: str, dated_by: str, *lists: Listing) -> Measure:
    """What the vendor's own lists hold, read again."""

    def ask(client: RESTClient, days: Sequence[date]) -> Mapping[date, Figure]:
        sums = Sums(days)
        for listing in lists:
            for question in listing.asks(days):
                take(sums, pages(client, listing, question), listing.read)
        return sums.figures()

    def read(record: Record) -> Iterator[Dated]:
        for listing in lists:
            yield from listing.read(record)

    return Measure(table, dated_by, ask, read)


def told(
    table: str,
    dated_by: str,
    question: Callable[[date], Ask],
    number: str,
    read: Callable[[Record], Iterator[Dated]],
) -> Measure:
    """The number that stands in the field `number` of the vendor's answer, a call a day."""

    def ask(client: RESTClient, days: Sequence[date]) -> Mapping[date, Figure]:
        call = caller(client, table)
        return {day: Figure(_whole_number(call(question(day)), number, table)) for day in days}

    return Measure(table, dated_by, ask, read)


def begin(day: date) -> datetime:
    """The midnight with which a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


def end(day: date) -> datetime:
    """The midnight with which it ends, which is no part of it."""
    return begin(day) + _DAY


def _whole_number(body: Mapping[str, Any], name: str, table: str) -> int:
    found = body.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise UntrustworthyPage(f"{table}: the vendor gave no number under {name}")
    return found
