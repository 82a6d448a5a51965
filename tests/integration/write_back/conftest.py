"""A published day, and a Salesforce and a HubSpot of a thousand accounts into which it can be written."""

import csv
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from config.settings import load_yaml
from config.write_back import write_back_config
from copilot import clock
from copilot.sandbox.vendors import hubspot, salesforce
from copilot.sandbox.vendors.faults import Faults
from copilot.sandbox.vendors.hubspot_kinds import record_id
from copilot.sandbox.vendors.oauth import OAuth, writing
from copilot.sandbox.vendors.salesforce_objects import sf_id
from copilot.sandbox.vendors.written import Written
from copilot.sources.canonical import BY_NAME
from copilot.stack.postgres import free_port
from copilot.write_back.day import Wish
from tests.integration.digest.company import Company
from tests.running_vendors import serving

APP, SECRET = "consumer-key", "consumer-secret"
NAMES = [f"a{number:04}" for number in range(1000)]
# Of two accounts; and a key that is text and nothing else, whatever it looks like.
TWINS = "twins.example"
ODD = "it's \\ a1"
MERGED, INTO, MERGED_ON = "double", "a0001", datetime(2026, 11, 10, tzinfo=UTC)
TO_BE_MERGED, MERGED_LATER_ON = "later", datetime(2026, 11, 18, 12, tzinfo=UTC)
# No two readings of our clock are the same, in no two tests: the undo files of all lie in one directory.
TICKS = count()
OPTIONS = {"salesforce": "account_id=Account_Key__c", "hubspot": "account_id=account_key"}
LOG = "select kind, state, n_compared, n_changed, n_written, n_rejected, n_missing, n_overtaken from ops.write_back_log"
REJECTED = "select account_id, reason_code, reason from quarantine.write_back_rejected order by account_id"
VALUES: Mapping[str, Any] = {
    "health_score": "health",
    "health_band": "health_band",
    "churn_probability": {"field": "churn_risk", "unit": "percent"},
    "risk_band": "risk",
    "reason": {"field": "reason", "length": 60},
    "n_open_alerts": "open_alerts",
    "as_of_date": "as_of",
}


@pytest.fixture(scope="session")
def crm_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a CRM with accounts alone: a thousand, one with an odd key, two that are merged into others."""
    directory = tmp_path_factory.mktemp("accounts")
    (directory / "crm").mkdir()
    began = datetime(2026, 1, 5, tzinfo=UTC)
    rows = [{"account_id": key, "recorded_at": began} for key in (*NAMES, ODD, MERGED, TO_BE_MERGED)]
    rows.append({"account_id": MERGED, "merged_into_account_id": INTO, "recorded_at": MERGED_ON})
    rows.append({"account_id": TO_BE_MERGED, "merged_into_account_id": INTO, "recorded_at": MERGED_LATER_ON})
    rows += [{"account_id": f"twin {number}", "domain": TWINS, "recorded_at": began} for number in (1, 2)]
    with gzip.open(directory / "crm" / "accounts_1.csv.gz", "wt", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in BY_NAME["accounts"].all_columns])
        writer.writeheader()
        writer.writerows({**one, "name": f"Name of {one['account_id']}"} for one in rows)
    return directory


@dataclass
class Desk:
    """One vendor's CRM, the company's published rows, and what is asked of the vendor."""

    vendor: str
    company: Company
    home: Path
    written: Written
    door: OAuth
    port: int
    clock: list[datetime]
    faults: Faults = field(init=False)
    calls: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda _, __: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the call, let the test do something first, answer."""
        if scope["type"] == "http":
            self.calls.append((scope["method"], scope["path"].rpartition("/")[2]))
            self.before(*self.calls[-1])
        await self.faults(scope, receive, send)

    def field(self, name: str) -> str:
        """What the vendor calls the field."""
        return self.written.called(name)

    def record(self, account: str) -> str:
        """What the vendor calls the account."""
        return sf_id("001", account) if self.vendor == "salesforce" else record_id("accounts", account)

    def holds(self, account: str, name: str) -> Any:
        """What stands in a field of an account."""
        return self.written.of(self.record(account))[self.field(name)]

    def types(self, account: str, name: str, value: Any) -> None:
        """A person fills a field by hand."""
        self.written.held.setdefault(self.record(account), {})[self.field(name)] = value

    @property
    def n_writes(self) -> int:
        """Calls that wanted to change something, also those that the vendor refused."""
        return sum(call in (("PATCH", "sobjects"), ("POST", "update")) for call in self.calls)

    def publish(self, *accounts: str, **given: Any) -> None:
        """Publish Tuesday with these accounts, all alike."""
        self.company.publish()
        for account in accounts:
            self.company.account(account, **{"health_band": "watch", **given})

    def wish(self, values: Mapping[str, Any] = VALUES, **given: Any) -> Wish:
        """What shall be written; `enabled` and such are settings of the mapping's file."""
        settings = {"enabled": True, "when_published": "nothing", "largest_share": 1.0, "connections": {}}
        settings |= {name: given.pop(name) for name in tuple(given) if name in settings}
        path = self.home / "write_back.yml"
        path.write_text(yaml.safe_dump({**settings, "sources": {"crm": self.mapped(values)}}))
        load_yaml.cache_clear()
        write_back_config.cache_clear()
        return Wish(self.company.sources, mapping=path, **given)

    def mapped(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values by the vendor's own names of the fields."""
        return {
            name: {**said, "field": self.field(said["field"])} if isinstance(said, dict) else self.field(said)
            for name, said in values.items()
        }

    def option(self, account_fields: str) -> None:
        """Have the source call its accounts by another field."""
        said = yaml.safe_load(self.company.sources.read_text())
        said["sources"][0]["options"]["account_fields"] = account_fields
        self.company.sources.write_text(yaml.safe_dump(said))
        load_yaml.cache_clear()

    def connect(self, patch: pytest.MonkeyPatch, secret: str, name: str = "crm") -> None:
        """Make an Airflow connection of the CRM."""
        said = {"host": f"http://127.0.0.1:{self.port}/{self.vendor}", "login": APP, "password": secret}
        patch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(said))


@pytest.fixture(params=["salesforce", "hubspot"])
def desk(
    request: pytest.FixtureRequest, crm_files: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    now = [datetime(2026, 11, 18, tzinfo=UTC)]
    monkeypatch.setattr(clock, "now", lambda: now[0] + timedelta(microseconds=next(TICKS)))
    vendor = request.param
    if vendor == "salesforce":
        sales = salesforce.Salesforce(crm_files, lambda: now[0])
        door, written, routes = salesforce.door(APP, SECRET), sales.collections.written, sales.routes()
    else:
        hub = hubspot.HubSpot(crm_files, lambda: now[0])
        door, written, routes = hubspot.door(SECRET), hub.updates.written, hub.routes()
    found = Desk(vendor, Company(database, tmp_path), tmp_path, written, door, free_port(), now)
    found.faults = Faults(Starlette(routes=[Mount(f"/{vendor}", app=door.app(routes))]))
    source = {"name": "crm", "type": vendor, "connection": "crm", "options": {"account_fields": OPTIONS[vendor]}}
    found.company.sources.write_text(yaml.safe_dump({"warehouse": database, "sources": [source]}))
    load_yaml.cache_clear()
    found.connect(monkeypatch, writing(SECRET))
    with serving(found, found.port):
        yield found
    found.company.close()
