"""The make-believe company's vendors, read into a warehouse, and what reconciling them comes to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.run import Run
from config.settings import dsn
from copilot.reconcile.room import reconcile
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors import amplitude, hubspot, mixpanel, salesforce, zendesk
from copilot.sandbox.vendors.faults import Fault
from copilot.sandbox.vendors.usage_log import TOTALS_EVENT
from copilot.warehouse.connect import connect
from copilot.warehouse.recon_daily import Shown, of_run
from tests.running_vendors import NOTHING, Vendors, running

DAY = date(2026, 11, 17)
_USAGE = {"begin": "2026-10-12", "totals_event": TOTALS_EVENT}
# Every vendor with its role, and what the company has set up differently there.
SETTINGS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "salesforce": ("crm", salesforce.OPTIONS),
    "hubspot": ("crm", hubspot.OPTIONS),
    "stripe": ("billing", {}),
    "chargebee": ("billing", {}),
    "mixpanel": ("usage", {**_USAGE, "account_property": mixpanel.ACCOUNT_PROPERTY}),
    "amplitude": ("usage", {**_USAGE, "account_group": amplitude.ACCOUNT_GROUP}),
    "zendesk": ("support", {"csat_field": str(zendesk.CSAT_FIELD)}),
    "intercom": ("support", {}),
}


@dataclass
class Reconciled:
    """Vendors that were read, and what they say against what we hold."""

    vendors: Vendors

    def read(self, *names: str, script: tuple[Fault, ...] = ()) -> None:
        """Read what these vendors have."""
        for name in names:
            role, options = SETTINGS[name]
            done = self.vendors.read(name, role, *script, options=options)
            assert done["landed"] > 0, done

    def compared(self, *names: str, as_of: date = DAY, shown: Mapping[str, Any] = NOTHING) -> list[Shown]:
        """What reconciling these sources says of a run; `shown` is what their connections say otherwise."""
        self.vendors.faults.script = []
        for name in names:
            self.vendors.connect(name, shown)
        sources = [
            {"name": name, "type": name, "connection": name, "role": SETTINGS[name][0], "options": SETTINGS[name][1]}
            for name in names
        ]
        run = Run(as_of, self.vendors.run(*sources).sources)
        reconcile(run)
        with connect("gate", run.database) as gate:
            return of_run(gate, run.as_of)

    def change(self, statement: str, parameters: tuple[Any, ...] = ()) -> int:
        """Do as the owner of the warehouse what nobody should; how many rows it touched."""
        with psycopg.connect(dsn("owner", self.vendors.database)) as owner:
            return owner.execute(statement, parameters).rowcount  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def recon_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of 60 accounts over half a year."""
    directory = tmp_path_factory.mktemp("recon")
    spec = CompanySpec(
        seed=5, accounts=60, start=date(2026, 5, 18), end=date(2026, 11, 17), events_scale=0.05
    )  # fmt: skip
    write_company(spec, directory)
    return directory


@pytest.fixture
def company(
    recon_company: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reconciled]:
    with running(recon_company, database, tmp_path, monkeypatch) as found:
        # In the morning: what product analytics received on a day can be exported some hours after it.
        found.now = datetime(2026, 11, 18, 4, tzinfo=UTC)
        yield Reconciled(found)
