"""Vendors that never come to an end, each in its own way of turning pages."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from copilot.sandbox.vendors.answers import token
from copilot.sandbox.vendors.edits import Change, fields, records
from copilot.sandbox.vendors.faults import Fault
from copilot.sandbox.vendors.salesforce import DATA
from tests.faults.estate import KINDS

# How often a fault that lasts happens: more calls than any reading makes.
FOR_EVER = 1_000_000
Say = Callable[[str], Mapping[str, Any]]
# What each vendor says beside a page of which there is more to come, at the place of that name.
MORE: Mapping[str, Say] = {
    "chargebee": lambda place: {"next_offset": f'[{place}, ""]'},
    "hubspot": lambda place: {"paging": {"next": {"after": place}}},
    "intercom": lambda place: {
        "pages": {"next": {"starting_after": token(datetime.fromtimestamp(int(place), UTC).isoformat(), "")}}
    },
    "salesforce": lambda place: {
        "done": False,
        "nextRecordsUrl": f"/salesforce{DATA}/query?q=SELECT+Id+FROM+User&place={place}",
    },
    "stripe": lambda _: {"has_more": True},
    "zendesk": lambda place: (
        {
            name: f"/zendesk/api/v2/incremental/{kind}?start_time={place}"
            for name, kind in (("after_url", "tickets/cursor.json"), ("next_page", "organizations.json"))
        }
        | {"end_of_stream": False}
    ),
}


def same_for_ever(vendor: str) -> list[Fault]:
    """Whatever page of a stream is asked for, its first one comes again, with its token for the next."""

    def changes() -> Change:
        said: dict[str, bytes] = {}
        return lambda body: said.setdefault("first", fields(**MORE[vendor]("1"))(body))

    return _every_page(vendor, changes)


def empty_for_ever(vendor: str) -> list[Fault]:
    """Every page has no record and a new token for the next one."""

    def changes() -> Change:
        places: Iterator[int] = count(1)
        return lambda body: fields(**MORE[vendor](str(next(places))))(records(lambda _: [])(body))

    return _every_page(vendor, changes)


def _every_page(vendor: str, changes: Callable[[], Change]) -> list[Fault]:
    """A fault for each stream; Salesforce's further pages do not say of what they are."""
    if vendor == "salesforce":
        return [Fault("changed", f"{DATA}/query", times=FOR_EVER, change=changes())]
    streams = KINDS[vendor].streams.values()
    return [Fault("changed", path, query=query, times=FOR_EVER, change=changes()) for path, query in streams]
