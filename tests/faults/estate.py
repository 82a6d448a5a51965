"""Every vendor of a small make-believe company, in pages so small that nearly each stream has several of them.

Each reading is a source of its own, so that all of them share a warehouse; what it landed is compared with the reading
of the same vendor that nothing disturbed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from copilot.sandbox.vendors import chargebee, hubspot, salesforce, stripe, zendesk
from copilot.sandbox.vendors.faults import Fault
from copilot.sandbox.vendors.freshdesk import ACCOUNT_FIELD
from copilot.sandbox.vendors.server import LOGIN
from copilot.sandbox.vendors.usage_log import TOTALS_EVENT
from copilot.sources.api import ingest
from copilot.sources.api.session import Deadline, Patience
from copilot.sources.canonical import BY_NAME, TABLES
from copilot.sources.connectors import CONNECTORS, hubspot_asks
from tests.running_vendors import KEY, Vendors, running
from tests.sleeping_clock import SleepingClock

RECORDS_A_PAGE = 40
EXPORTS = ("amplitude", "mixpanel")
_CRM = {"login": LOGIN, "password": KEY}
_USAGE = {"begin": "2026-11-01", "totals_event": TOTALS_EVENT}


@dataclass(frozen=True)
class Kind:
    """How one vendor is read, and by which path and question the calls of each stream are known."""

    role: str
    streams: Mapping[str, tuple[str, str]]
    options: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)

    def faults(self, kind: Any, **given: Any) -> list[Fault]:
        """The same fault in every stream."""
        return [Fault(kind, path, query=query, **given) for path, query in self.streams.values()]


def _by_path(base: str, **paths: str) -> dict[str, tuple[str, str]]:
    return {stream: (base + path, "") for stream, path in paths.items()}


def _by_object(**objects: str) -> dict[str, tuple[str, str]]:
    return {stream: ("queryAll", f"FROM {name} ") for stream, name in objects.items()}


KINDS: Mapping[str, Kind] = {
    "amplitude": Kind("usage", _by_path("api/2/", events="export"), {**_USAGE, "hours": "336"}),
    "chargebee": Kind(
        "billing",
        _by_path(
            "api/v2/",
            customers="customers",
            subscriptions="subscriptions",
            invoices="invoices",
            credit_notes="credit_notes",
            transactions="transactions",
        ),
    ),
    "freshdesk": Kind(
        "support",
        {
            "tickets": ("api/v2/tickets", "per_page=100&updated_since"),
            "deleted_tickets": ("api/v2/tickets", "filter=deleted"),
            "spam_tickets": ("api/v2/tickets", "filter=spam"),
            "companies": ("api/v2/companies", ""),
        },
        {"account_field": ACCOUNT_FIELD},
    ),
    "hubspot": Kind(
        "crm",
        _by_path(
            "crm/v3/",
            users="owners",
            accounts="objects/companies",
            contacts="objects/contacts",
            opportunities="objects/deals",
            calls="objects/calls",
            emails="objects/emails",
            meetings="objects/meetings",
            sentiments="objects/p4711_sentiment",
            milestones="objects/p4711_milestone",
        ),
        hubspot.OPTIONS,
        {**_CRM, "extra": {"refresh_token": "lasts"}},
    ),
    "intercom": Kind("support", _by_path("", conversations="conversations/search", companies="companies/list")),
    "mixpanel": Kind("usage", _by_path("api/2.0/", events="export"), _USAGE),
    "salesforce": Kind(
        "crm",
        _by_object(
            accounts="Account",
            users="User",
            contacts="Contact",
            opportunities="Opportunity",
            tasks="Task",
            events="Event",
            sentiments="Sentiment__c",
            milestones="Milestone__c",
        ),
        salesforce.OPTIONS,
        _CRM,
    ),
    "stripe": Kind(
        "billing",
        _by_path(
            "v1/",
            customers="customers",
            subscriptions="subscriptions",
            invoices="invoices",
            credit_notes="credit_notes",
            charges="charges",
            refunds="refunds",
        ),
    ),
    "zendesk": Kind(
        "support",
        _by_path("api/v2/incremental/", tickets="tickets/cursor.json", organizations="organizations.json"),
        {"csat_field": str(zendesk.CSAT_FIELD)},
    ),
}
EVERY_STREAM = [(vendor, stream) for vendor, kind in KINDS.items() for stream in kind.streams]


@dataclass(frozen=True)
class Read:
    """One reading: its source, what the ingest said, how its calls were answered, the waits between them."""

    source: str
    outcome: Mapping[str, Any]
    log: list[tuple[str, int]]
    slept: list[float]

    @property
    def problems(self) -> list[str]:
        """What was wrong in the end."""
        return list(self.outcome["problems"])


@dataclass
class Estate:
    """The running vendors and their readings."""

    vendors: Vendors
    time: SleepingClock
    silence_seconds: float = 600.0
    n_read: int = 0
    usual: dict[str, Read] = field(default_factory=dict)

    def read(self, vendor: str, *script: Fault, source: str = "", **settings: Any) -> Read:
        """Read everything of one vendor, with that going wrong; into a new source unless one is named."""
        kind = KINDS[vendor]
        self.n_read += 1
        source = source or f"{vendor}_{self.n_read}"
        self.time.slept = []
        given = {"shown": kind.shown, "options": dict(kind.options), **settings}
        outcome = self.vendors.read(vendor, kind.role, *script, name=source, **given)
        assert outcome["received"] == outcome["landed"] + outcome["unchanged"] + outcome["rejected"]
        return Read(source, outcome, list(self.vendors.faults.log), list(self.time.slept))

    def undisturbed(self, vendor: str) -> Read:
        """A reading in which nothing goes wrong: made once."""
        if vendor not in self.usual:
            self.usual[vendor] = self.read(vendor)
            assert self.usual[vendor].problems == []
        return self.usual[vendor]

    def rows(self, read: Read) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table that the reading's source has landed; times to the second."""
        return {name: found for name in (table.name for table in TABLES) if (found := self._rows(name, read.source))}

    def newest(self, read: Read) -> dict[str, list[tuple[Any, ...]]]:
        """The newest version of every record, without when it was recorded."""
        found = {}
        for name, rows in self.rows(read).items():
            key = [column.name for column in BY_NAME[name].columns].index
            places = [key(one) for one in BY_NAME[name].key]
            states = {tuple(row[place] for place in places): row[:-1] for row in sorted(rows, key=lambda row: row[-1])}
            found[name] = sorted(states.values(), key=str)
        return found

    def happened(self) -> int:
        """How often the faults of the last reading's script happened."""
        return sum(self.vendors.faults.happened.values())

    def _rows(self, name: str, source: str) -> list[tuple[Any, ...]]:
        columns = ", ".join(column.name for column in BY_NAME[name].columns)
        query = f"select {columns}, date_trunc('second', recorded_at) from raw.{name} where _source = '{source}'"
        return sorted((tuple(row) for row in self.vendors.rows(query)), key=str)


def declared() -> set[tuple[str, str]]:
    """Every stream that the connectors declare, for a company that has all that can be had."""
    return {
        (vendor, stream.name)
        for vendor, connector in CONNECTORS.items()
        for stream in connector.stream(KINDS[vendor].options if vendor in KINDS else {})
    }


@contextmanager
def estate(company: Path, database: str, home: Path, patch: pytest.MonkeyPatch) -> Iterator[Estate]:
    """The vendors, running; deadlines go by a clock that only sleeping moves, and silence is short."""
    for vendor in (chargebee, stripe, zendesk):
        patch.setattr(vendor, "_MOST_A_PAGE", RECORDS_A_PAGE)
    for limit in ("_MOST_A_PAGE", "_MOST_WITH_HISTORY"):
        patch.setattr(hubspot_asks, limit, RECORDS_A_PAGE)
    patch.setattr(salesforce, "Salesforce", partial(salesforce.Salesforce, most=RECORDS_A_PAGE))
    time = SleepingClock()
    patch.setattr(ingest, "Deadline", partial(Deadline, monotonic=time.monotonic, sleep=time.sleep))
    with running(company, database, home, patch) as found:
        found.now = datetime(2026, 11, 18, 6, tzinfo=UTC)
        made = Estate(found, time)
        patch.setattr(ingest, "Patience", lambda **given: Patience(silence_seconds=made.silence_seconds, **given))
        yield made
