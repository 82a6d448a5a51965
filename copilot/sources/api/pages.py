"""The pages of one window, each checked before it is believed: what a vendor leaves out by mistake, nobody misses.

dlt's REST client turns the pages; it takes an answer without the list of records for an empty page, and asks for ever
when the vendor repeats itself. Both are refused here.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Protocol

from dlt.common import jsonpath
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Response

from copilot import clock
from copilot.sources.api.connector import Ask, Call, Job, Record, Stream
from copilot.sources.api.faults import MALFORMED, UntrustworthyPage

# Far above what any stream of these vendors has: 100,000 pages of 100 records are ten million.
MOST_PAGES = 100_000
# A search may skip what was deleted meanwhile; a vendor that has nothing says so sooner.
MOST_EMPTY_PAGES = 20
# The same records page after page, whatever page is asked for. Once it may be: a search that overlaps.
MOST_SAME_PAGES = 5


# Reading a path takes longer than finding what it leads to.
_path = cache(jsonpath.compile_path)


class Listed(Protocol):
    """What is turned page by page: a stream, or a list that is read for another reason."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def select(self) -> str:
        """The JSON path of the records in an answer."""

    @property
    def paginator(self) -> Callable[[], BasePaginator]:
        """What turns the pages."""


@dataclass(frozen=True)
class Page:
    """The records of one page, self-contained, the whole answer, and when the vendor says that it gave it."""

    records: list[Record]
    body: Mapping[str, Any]
    answered_at: datetime


def pages(client: RESTClient, stream: Listed, ask: Ask | Job) -> Iterator[Page]:
    """The checked pages of one window. Raises UntrustworthyPage, SourceSlow, SourceRefused."""
    if not isinstance(ask, Ask):
        yield from (Page(records, {}, answered_at(response)) for response, records in ask.answers(client))
        return
    check = _Check(stream)
    found = client.paginate(
        ask.path,
        method=ask.method,
        params=dict(ask.params),
        json=None if ask.json is None else json.loads(json.dumps(ask.json)),  # paginators write into it
        paginator=stream.paginator(),
        data_selector=_path(stream.select),
        hooks={"response": []},  # the session has judged the status
    )
    try:
        for given in found:
            page = check.believed(given)
            if isinstance(stream, Stream):
                page = replace(page, records=stream.complete(caller(client, stream.name), page.records))
            yield page
    except MALFORMED as error:  # no JSON, or lists beside the records that are none
        raise check.fault(f"gave a page in another form than it documents ({type(error).__name__})") from error
    check.end()


def caller(client: RESTClient, stream: str) -> Call:
    """How a stream asks for what a record only names. The calls raise UntrustworthyPage, SourceSlow, SourceRefused."""

    def call(ask: Ask) -> Mapping[str, Any]:
        response = client.request(
            ask.path, ask.method, params=dict(ask.params), json=None if ask.json is None else dict(ask.json)
        )
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise UntrustworthyPage(f"{stream}: the vendor gave no JSON object at {ask.path}: nothing was taken")
        return body

    return call


def answered_at(response: Response) -> datetime:
    """The vendor's own time, from the Date that every answer has (RFC 9110), else ours."""
    said = response.headers.get("Date")
    try:
        return parsedate_to_datetime(said).astimezone(UTC) if said else clock.now()
    except ValueError:
        return clock.now()


class _Check:
    def __init__(self, stream: Listed) -> None:
        self.stream = stream
        self.requests: set[bytes] = set()
        self.n_pages = 0
        self.n_records = 0
        self.n_empty = 0
        self.n_same = 0
        self.last: list[Record] = []
        self.declared: int | None = None

    def believed(self, given: PageData[Any]) -> Page:
        body = given.response.json()
        self._is_new(given)
        records = self._records(body)
        self.n_records += len(records)
        self.n_empty = 0 if records else self.n_empty + 1
        if self.n_empty > MOST_EMPTY_PAGES:
            raise self.fault(f"gave {self.n_empty} empty pages one after the other, and says that there is more")
        self._is_other(records)
        self._declare(body)
        made_whole = self.stream.whole(body, records) if isinstance(self.stream, Stream) else records
        return Page(made_whole, body, answered_at(given.response))

    def end(self) -> None:
        if self.declared is not None and self.n_records < self.declared:
            raise self.fault(f"says that there are {self.declared} records and gave {self.n_records}")

    def _is_new(self, given: PageData[Any]) -> None:
        asked = given.response.request
        body = asked.body if isinstance(asked.body, bytes) else str(asked.body or "").encode()
        self.requests.add(hashlib.sha256(str(asked.url).encode() + b"\n" + body).digest())
        self.n_pages += 1
        if len(self.requests) < self.n_pages:
            raise self.fault("gives the same page token again")
        if self.n_pages > MOST_PAGES:
            raise self.fault(f"gave more than {MOST_PAGES} pages")

    def _is_other(self, records: list[Record]) -> None:
        """Who turns pages by number may be given the same one for ever."""
        self.n_same = self.n_same + 1 if records and records == self.last else 0
        self.last = records
        if self.n_same > MOST_SAME_PAGES:
            raise self.fault("gives the same records page after page")

    def _records(self, body: Any) -> list[Record]:
        found = jsonpath.find_values(_path(self.stream.select), body)
        records = found[0] if len(found) == 1 and isinstance(found[0], list) else found
        if self.stream.select == "$" and not isinstance(body, list):
            raise self.fault("gave something else than a list of records")
        if not found and "[*]" not in self.stream.select:
            raise self.fault(f"gave a page without {self.stream.select}")
        if not all(isinstance(record, dict) for record in records):
            raise self.fault(f"gave something else than records under {self.stream.select}")
        return list(records)

    def _declare(self, body: Any) -> None:
        total = self.stream.total if isinstance(self.stream, Stream) else None
        totals = jsonpath.find_values(_path(total), body) if total else []
        if totals and isinstance(totals[0], int):
            self.declared = max(self.declared or 0, totals[0])

    def fault(self, what: str) -> UntrustworthyPage:
        """What is wrong with the window, and what becomes of it."""
        return UntrustworthyPage(f"{self.stream.name}: the vendor {what}: nothing of it was taken, it is read again")
