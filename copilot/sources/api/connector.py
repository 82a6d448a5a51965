"""What differs between vendors, as values: a connector is its streams, and how it lets us in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO, Literal, Protocol

from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import Response
from requests.auth import AuthBase

from config.settings import ConfigError
from copilot.sources.api.connection import Connection
from copilot.sources.api.session import PatientSession, Token
from copilot.sources.figures import Dated, Figure
from copilot.sources.reading import Dating

Record = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """The first request of a window; the paginator makes the others out of it."""

    path: str
    method: Literal["GET", "POST"] = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None


class Job(Protocol):
    """What the vendor is asked to prepare, and gives when it is ready."""

    def answers(self, client: RESTClient) -> Iterator[tuple[Response, list[Record]]]:
        """Each answer with the records in it, all of them checked. Raises SourceFault."""


# One call outside of the pages; gives the fields of its answer.
Call = Callable[[Ask], Mapping[str, Any]]
Complete = Callable[[Call, list[Record]], list[Record]]


@dataclass(frozen=True)
class ByTime:
    """The cursor is the newest time of change seen; `lag` before it is read again: clocks differ, seconds are shared.

    `changed_at` reads a record's time of change. Only for streams in which every change, also a deletion, moves it.
    """

    changed_at: Callable[[Record], datetime]
    lag: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class ByToken:
    """The cursor is a token in the answer, under this name, with which the vendor goes on where it stopped."""

    name: str


@dataclass(frozen=True)
class ByVendorClock:
    """The cursor is the vendor's own time (the Date of its answer) when the window began, less `lag`.

    For lists whose records carry no time of change, and whose changes are told by a feed of events. Each record is
    given `READ_AT`, the time of its own answer in ISO 8601: what it says without a date is known since then. Where the
    vendor keeps the feed for `kept`, everything is read when the last window is longer ago.
    """

    lag: timedelta = timedelta(minutes=5)
    kept: timedelta | None = None


READ_AT = "_read_at"
Reading = Literal["any", "whole", "first"]
Cursor = ByTime | ByToken | ByVendorClock
Since = datetime | str | None


@dataclass(frozen=True)
class Beside:
    """A list that the records of a stream refer to, or that refers to them: read before them, kept on disk, by key.

    Each record gets, in the field `name`, those of the list whose `key` is among the keys that `sought` finds in it,
    cut down to `kept`. It is read, and the field filled, when the stream is read: at all, whole, or the first time.
    """

    name: str
    ask: Callable[[Since], Ask | Job]
    select: str
    paginator: Callable[[], BasePaginator]
    key: Callable[[Record], str | None]
    sought: Callable[[Record], Iterable[str]]
    kept: Callable[[Record], Record] = lambda record: record
    when: Reading = "any"


@dataclass(frozen=True)
class Gives:
    """The canonical rows in one record: every version that it tells of, each with its `recorded_at`, oldest first.

    `dating` as in `copilot.sources.reading`: `versions` for what never changes once it is recorded, such as events.
    `fields` are the forms of what `rows` reads of a record (`copilot.sources.api.drift.adapted`).
    """

    table: str
    rows: Callable[[Record], Iterable[Row]]
    dating: Dating = "states"
    fields: Callable[[Record], Mapping[str, str]] = lambda _: {}


@dataclass(frozen=True)
class Stream:
    """One kind of record that a vendor gives, page by page.

    `ask` makes the first request from where the last window ended (None: from the beginning). `select` is the JSON path
    of the records in an answer, `total` of how many the vendor says there are. `whole` makes records self-contained
    where an answer carries what they refer to beside them, `complete` where it takes some more calls for a page,
    `beside` where it takes another list. `is_newest_first` is how the vendor orders them. Fields named in `dropped`
    never reach a file. Without a cursor each window reads everything, with one it does so after `full_every`. `pushed`
    are the kinds of event that a webhook brings for it, each a record as the stream itself gives it.
    """

    name: str
    ask: Callable[[Since], Ask | Job]
    select: str
    paginator: Callable[[], BasePaginator]
    gives: Sequence[Gives]
    cursor: Cursor | None = None
    full_every: timedelta | None = None
    total: str | None = None
    whole: Callable[[Mapping[str, Any], list[Record]], list[Record]] = lambda _, records: records
    complete: Complete = lambda _, records: records
    beside: Sequence[Beside] = ()
    is_newest_first: bool = False
    dropped: frozenset[str] = frozenset()
    pushed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Export:
    """One kind of record that a vendor gives as files over ranges of time, each answer streamed to disk.

    `asks` makes the requests from where the last window ended (None: from `begin`) to now, oldest first. `records`
    reads the records of one answer; it raises ValueError or OSError where the file is not whole.
    """

    name: str
    asks: Callable[[datetime | None, datetime], Iterable[Ask]]
    records: Callable[[BinaryIO], Iterator[Record]]
    gives: Sequence[Gives]
    cursor: ByTime
    full_every: timedelta | None = None
    dropped: frozenset[str] = frozenset()


AnyStream = Stream | Export


@dataclass(frozen=True)
class Access:
    """How a vendor lets us in: what signs each request (`key` lasts, `token` is renewed) and what each must carry."""

    key: AuthBase | None = None
    token: Token | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """What the vendor can be asked about one table, to compare with what we hold.

    `dated_by` is the canonical column of the day by which records are counted; `recorded_at` where that is the day on
    which the vendor received them. `ask` raises SourceFault. `read` dates a record of the vendor's, also one that lies
    in quarantine. What is read of a day before `settles` has passed since its end may not be all of it.
    """

    table: str
    dated_by: str
    ask: Callable[[RESTClient, Sequence[date]], Mapping[date, Figure]]
    read: Callable[[Record], Iterator[Dated]]
    settles: timedelta = timedelta(0)


@dataclass(frozen=True)
class Connector:
    """One vendor. `access` makes its credentials from an Airflow connection; its session serves to ask for tokens.

    `options` are what companies set up differently at this vendor, and what is assumed unless a sources file says
    otherwise; `streams` and `measures` are told.
    """

    name: str
    access: Callable[[Connection, PatientSession], Access]
    streams: Callable[[Mapping[str, str]], Sequence[AnyStream]]
    options: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[int] = frozenset()
    measures: Callable[[Mapping[str, str]], Sequence[Measure]] = lambda _: ()

    def stream(self, options: Mapping[str, str]) -> Sequence[AnyStream]:
        """The streams of a company that has set these options. Raises ConfigError for one that there is not."""
        return self.streams(self._all(options))

    def measure(self, options: Mapping[str, str]) -> Sequence[Measure]:
        """What this company's vendor can be asked. Raises ConfigError for an option that there is not."""
        return self.measures(self._all(options))

    def _all(self, options: Mapping[str, str]) -> Mapping[str, str]:
        unknown = sorted(set(options) - set(self.options))
        if unknown:
            raise ConfigError(f"{self.name} has no option {unknown[0]}: there is {', '.join(self.options) or 'none'}")
        return {**self.options, **options}
