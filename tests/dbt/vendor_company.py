"""A small company that keeps everything in vendors' systems: read over HTTP night by night, and built from that.

It is small, and yet on its last two days a CSM leaves, accounts change hands and a double is merged away.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg

from config.settings import dsn
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors import hubspot, salesforce
from copilot.sandbox.vendors.shelf import Shelf
from copilot.sandbox.vendors.usage_log import TOTALS_EVENT
from copilot.sandbox.vendors.zendesk import CSAT_FIELD
from copilot.sources.connectors import CONNECTORS
from copilot.sources.ingest import ingest
from tests.dbt.companies import Company
from tests.dbt.sandbox import build
from tests.running_vendors import Vendors

SPEC = CompanySpec(
    seed=118, accounts=50, start=date(2026, 4, 28), end=date(2026, 11, 11), csms=7, events_scale=0.05, fixtures=False
)  # fmt: skip
EVENINGS = (date(2026, 11, 8), date(2026, 11, 9))
BASELINE: Mapping[str, str] = {"crm": "salesforce", "billing": "stripe", "product": "mixpanel", "support": "zendesk"}
SWAPS: Mapping[str, str] = {"crm": "hubspot", "billing": "chargebee", "product": "amplitude", "support": "intercom"}
# Hours after midnight at which a night's reading begins: Amplitude gives an hour two hours after it has passed.
_HOURS = 6
# Billing was connected before the first contract was entered.
_CONNECTED = datetime.combine(SPEC.start, time(), UTC)
# Stripe tells its events for thirty days.
_LONGEST = timedelta(days=25)
_ROLES = {"product": "usage"}
_USAGE = {"begin": str(SPEC.start), "totals_event": TOTALS_EVENT}
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "salesforce": salesforce.OPTIONS,
    "hubspot": hubspot.OPTIONS,
    "mixpanel": _USAGE,
    # A week a request, so that it takes a second.
    "amplitude": {**_USAGE, "hours": "168"},
    "zendesk": {"csat_field": str(CSAT_FIELD)},
}


def live(vendors: Vendors, company: Company, behind: Mapping[str, str]) -> None:
    """The company's nights in its warehouse, and the last day built; `behind` is the vendor by source."""
    vendors.database = company.database
    for night in contract_nights(vendors.company):
        vendors.now = night
        # At first there is nothing, which is told as a problem.
        _read(vendors, "billing", behind["billing"])
        _begin(company, behind["billing"])
    for evening in EVENINGS:
        vendors.now = _midnight(evening + timedelta(days=1)) + timedelta(hours=_HOURS)
        for name, vendor in behind.items():
            done = _read(vendors, name, vendor)
            assert done["problems"] == []
            assert done["landed"] > 0
        _land_surveys(vendors)
    build(company.sources, EVENINGS[-1])


def _begin(company: Company, vendor: str) -> None:
    """Let billing have begun: a reading of nothing is no beginning, and the next one would tell of a past again."""
    rows = [("billing", one.name, _CONNECTED.isoformat(), _CONNECTED) for one in CONNECTORS[vendor].stream({})]
    with psycopg.connect(dsn("owner", company.database)) as owner:
        owner.cursor().executemany(
            "insert into ops.stream_position (source, stream, ends, read_whole_at) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            rows,
        )


def contract_nights(company: Path) -> Iterator[datetime]:
    """The fewest nights before the last ones on which billing has to be read so that no change of a contract is missed.

    Chargebee says what a contract is, not what it was: of two changes between two readings it tells the second alone.
    The first is before there is anything: of an earlier past each vendor tells another part.
    """
    last, changed = _CONNECTED, set[str]()
    yield last
    for at, contract in _changes(company):
        night = _midnight(at.date())
        if last < night and (contract in changed or night - last > _LONGEST):
            last, changed = night, set()
            yield night
        changed.add(contract)


def _changes(company: Path) -> list[tuple[datetime, str]]:
    """When contracts changed between the first and the last nights, and which."""
    contracts = Shelf(company, "subscriptions").records
    found = [(one["recorded_at"], key) for key, held in contracts.items() for one in held.versions]
    return sorted(one for one in found if _CONNECTED < one[0] < _midnight(EVENINGS[0]))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _read(vendors: Vendors, name: str, vendor: str) -> dict[str, Any]:
    done = vendors.read(vendor, _ROLES.get(name, name), name=name, options=dict(_OPTIONS.get(vendor, {})))
    assert done["rejected"] == 0
    return done


def _land_surveys(vendors: Vendors) -> None:
    """They come as files: no vendor of ours gives them."""
    path = f"{vendors.company}/support/{{table}}*.jsonl.gz"
    forms = {"name": "forms", "type": "files", "role": "support", "path": path, "tables": ["surveys"]}
    done = ingest("forms", "support", vendors.run(forms))
    assert (done["problems"], done["rejected"]) == ([], 0)
