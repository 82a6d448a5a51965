"""Amplitude: events by the export API, which asks for hours in which Amplitude received them, late ones included.

https://amplitude.com/docs/apis/analytics/export
An answer is a zip of gzipped JSON lines; 404 says that nothing was received in those hours. An hour can be exported two
hours after it ended. All times are UTC.
"""

import gzip
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO

from dlt.sources.helpers.rest_client.auth import HttpBasicAuth

from copilot.sources.api.connection import Connection
from copilot.sources.api.connector import Access, Ask, ByTime, Connector, Export, Measure, Record
from copilot.sources.api.exports import json_lines
from copilot.sources.api.history import needed_id
from copilot.sources.api.measures import begin, end
from copilot.sources.api.session import PatientSession
from copilot.sources.connectors import product_events
from copilot.sources.connectors.product_events import Happened

_NOTHING_RECEIVED = 404
_HOUR = timedelta(hours=1)
# The hour itself and the two after it until it can be exported; one more for an hour that comes later than its next.
_LAG = timedelta(hours=4)
# When the last hour of a day can be exported; who read before then has not seen all of it.
_SETTLES = timedelta(hours=3)
_EVENT = {
    "$insert_id": "text?",
    "uuid": "text",
    "event_type": "text",
    "event_time": "text",
    "server_upload_time": "text",
    "user_id": "text?",
    "amplitude_id": "number?",
    "groups": "object?",
    "event_properties": "object?",
}


def _access(connection: Connection, _: PatientSession) -> Access:
    return Access(HttpBasicAuth(connection.login, connection.password))


def _streams(options: Mapping[str, str]) -> Sequence[Export]:
    return (_events(options),)


def _measures(options: Mapping[str, str]) -> Sequence[Measure]:
    def asks(day: date) -> Ask:
        """The hours of that day."""
        return next(iter(_asks(begin(day), end(day) - _HOUR, timedelta(days=1))))

    return product_events.measures(options, _events(options), asks, _received, _SETTLES)


def _received(record: Record) -> tuple[str, str, datetime]:
    return record["event_type"], needed_id(record.get("$insert_id") or record["uuid"]), _received_at(record)


def _events(options: Mapping[str, str]) -> Export:
    first, hours = product_events.first_day(options), product_events.number(options, "hours")
    group = options["account_group"]

    def asks(since: datetime | None, now: datetime) -> Iterator[Ask]:
        start = since or datetime.combine(product_events.begins(first, now), time(), UTC)
        return _asks(start, now, timedelta(hours=hours))

    return Export(
        "events",
        asks=asks,
        records=_reader(product_events.properties_read(options), group),
        gives=product_events.gives(options, "event_type", lambda record: _read(record, group), _EVENT),
        cursor=ByTime(_received_at, _LAG),
    )


def _asks(start: datetime, now: datetime, length: timedelta) -> Iterator[Ask]:
    """Both hours of a request are inclusive."""
    at = start.replace(minute=0, second=0, microsecond=0)
    while at <= now:
        end = min(at + length - _HOUR, now)
        yield Ask("api/2/export", params={"start": f"{at:%Y%m%dT%H}", "end": f"{end:%Y%m%dT%H}"})
        at += length


def _reader(own: frozenset[str], group: str) -> Callable[[BinaryIO], Iterator[Record]]:
    def records(file: BinaryIO) -> Iterator[Record]:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    yield from _unpacked(archive, member)

    def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Record]:
        with archive.open(member) as packed, gzip.open(packed) as lines:
            for record in json_lines(lines):
                found = product_events.only(record, _EVENT)
                yield found | {
                    "groups": product_events.only(record.get("groups"), (group,)),
                    "event_properties": product_events.only(record.get("event_properties"), own),
                }

    return records


def _read(record: Record, group: str) -> Happened:
    return Happened(
        needed_id(record.get("$insert_id") or record["uuid"]),
        (record["groups"] or {}).get(group),
        record.get("user_id") or record.get("amplitude_id"),
        _time(record["event_time"]),
        _received_at(record),
        record["event_properties"] or {},
    )


def _received_at(record: Record) -> datetime:
    return _time(record["server_upload_time"])


def _time(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


AMPLITUDE = Connector(
    "amplitude",
    access=_access,
    streams=_streams,
    measures=_measures,
    options={
        **product_events.OPTIONS,
        # The type of group that an account is.
        "account_group": "org id",
        # Hours of one request. An answer over 4 GB is refused with 400: then fewer.
        "hours": "24",
    },
    accepted=frozenset({_NOTHING_RECEIVED}),
)
