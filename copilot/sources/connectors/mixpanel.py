"""Mixpanel: events by the raw export, first all of them in spans of days, then whatever Mixpanel received since.

https://docs.mixpanel.com/reference/raw-event-export
The export asks for days on which events happened. What arrives late belongs to a day that was read before, so an
increment looks at many days and asks by the time of receipt, `mp_processing_time_ms`. The export may repeat an event:
`$insert_id` tells. `time` is in seconds, UTC in projects made since 2023, in the project's own zone in older ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import BinaryIO

import requests
from requests.auth import HTTPBasicAuth

from copilot import clock
from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Access, Ask, ByTime, Connector, Export, Measure, Record
from copilot.sources.api.exports import json_lines
from copilot.sources.api.history import needed_id
from copilot.sources.api.measures import begin, end
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors import product_events
from copilot.sources.connectors.product_events import Happened

# Sixty requests an hour are allowed: a first load takes fewer, however far back it goes.
_MOST_REQUESTS = 48
_LEAST_DAYS_A_REQUEST = 31
# Mixpanel refuses a day that has not begun in the project's own time zone; half a day later it has begun everywhere.
_BEGUN_EVERYWHERE = timedelta(hours=12)
# What was received on a day that could not be asked for yet: that half a day, and zones up to 14 hours ahead of UTC.
_LAG = timedelta(hours=26)
_EVENT = {
    "event": "text",
    "properties": "object",
    "properties.$insert_id": "text",
    "properties.distinct_id": "text?",
    "properties.time": "number",
    "properties.mp_processing_time_ms": "number",
}


class ServiceAccount(HTTPBasicAuth):
    """A service account's name and secret, and the project of which it asks: an account may see several."""

    def __init__(self, username: str, secret: str, project_id: str) -> None:
        super().__init__(username, secret)
        self.project_id = project_id

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request, signed."""
        request.prepare_url(request.url or "", {"project_id": self.project_id})
        return super().__call__(request)


def _access(connection: Connection, _: PatientSession) -> Access:
    return Access(ServiceAccount(connection.login, connection.password, connection.needed("project_id")))


def _streams(options: Mapping[str, str]) -> Sequence[Export]:
    return (_events(options),)


def _measures(options: Mapping[str, str]) -> Sequence[Measure]:
    first, late = product_events.first_day(options), timedelta(days=product_events.number(options, "late_days"))

    def asks(day: date) -> Ask:
        """What was received that day, of the days that an increment looks at."""
        last = min(day + timedelta(days=1), (clock.now() - _BEGUN_EVERYWHERE).date())
        received = 'properties["mp_processing_time_ms"]'
        since, until = (int(at.timestamp() * 1000) for at in (begin(day), end(day)))
        where = f"{received} >= {since} and {received} < {until}"
        return _ask(max(first or date.min, day - late), last, where=where)

    return product_events.measures(options, _events(options), asks, _received, timedelta(0))


def _received(record: Record) -> tuple[str, str, datetime]:
    return record["event"], needed_id(record["properties"]["$insert_id"]), _received_at(record)


def _events(options: Mapping[str, str]) -> Export:
    first, late = product_events.first_day(options), timedelta(days=product_events.number(options, "late_days"))
    account = options["account_property"]

    def asks(since: datetime | None, now: datetime) -> Iterator[Ask]:
        last = (now - _BEGUN_EVERYWHERE).date()
        if since is None:
            return _first_asks(product_events.begins(first, now), last)
        return _asks_since(since, max(first or date.min, (since - late).date()), last)

    return Export(
        "events",
        asks=asks,
        records=_reader(product_events.properties_read(options) | {account}),
        gives=product_events.gives(options, "event", lambda record: _read(record, account), _EVENT),
        cursor=ByTime(_received_at, _LAG),
    )


def _first_asks(first: date, last: date) -> Iterator[Ask]:
    """Every day once, in few requests."""
    days = max(_LEAST_DAYS_A_REQUEST, -(-((last - first).days + 1) // _MOST_REQUESTS))
    while first <= last:
        until = min(first + timedelta(days=days - 1), last)
        yield _ask(first, until)
        first = until + timedelta(days=1)


def _asks_since(since: datetime, first: date, last: date) -> Iterator[Ask]:
    """What Mixpanel received since then, of all days of which something may still arrive."""
    if first <= last:
        yield _ask(first, last, where=f'properties["mp_processing_time_ms"] >= {int(since.timestamp() * 1000)}')


def _ask(first: date, last: date, **others: str) -> Ask:
    return Ask("api/2.0/export", params={"from_date": str(first), "to_date": str(last), **others})


def _reader(own: frozenset[str]) -> Callable[[BinaryIO], Iterator[Record]]:
    kept = own | {"$insert_id", "distinct_id", "time", "mp_processing_time_ms"}

    def records(lines: BinaryIO) -> Iterator[Record]:
        for record in json_lines(lines):
            found = product_events.only(record, ("event", "properties"))
            yield found | {"properties": product_events.only(record.get("properties"), kept)}

    return records


def _read(record: Record, account: str) -> Happened:
    properties = record["properties"]
    return Happened(
        needed_id(properties["$insert_id"]),
        properties.get(account),
        properties.get("distinct_id"),
        datetime.fromtimestamp(properties["time"], UTC),
        _received_at(record),
        properties,
    )


def _received_at(record: Record) -> datetime:
    return datetime.fromtimestamp(record["properties"]["mp_processing_time_ms"] / 1000, UTC)


MIXPANEL = Connector(
    "mixpanel",
    access=_access,
    streams=_streams,
    measures=_measures,
    options={
        **product_events.OPTIONS,
        # The property that names the account: a group key, or any other.
        "account_property": "company_id",
        # Days after which nothing arrives any more of a day. Raise it for one run after an import of older events.
        "late_days": "60",
    },
)
