"""The make-believe company's vendors, read over HTTP as the real ones would be, whatever goes wrong on the way."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
import yaml

from config.run import Run
from config.settings import dsn, load_yaml
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sandbox.vendors.faults import Fault, Faults
from copilot.sandbox.vendors.server import application
from copilot.sandbox.vendors.shelf import Shelf
from copilot.sandbox.vendors.zendesk import CSAT_FIELD
from copilot.sources.ingest import ingest
from copilot.stack.postgres import free_port

KEY = "sandbox-key"
ROWS = "select ticket_id, to_jsonb(t) - '{_batch_id,_file,_row_number}'::text[] from raw.tickets as t order by 1, 2"


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of 60 accounts over half a year."""
    directory = tmp_path_factory.mktemp("vendors")
    write_company(CompanySpec(seed=5, accounts=60, start=date(2026, 5, 18), end=date(2026, 11, 17)), directory)
    return directory


@dataclass
class Vendors:
    """The running vendors, their clock, and a warehouse that reads them."""

    company: Path
    database: str
    home: Path
    port: int
    now: datetime = datetime(2026, 11, 18, tzinfo=UTC)
    faults: Faults = field(init=False)

    def ingest(self, *script: Fault, **settings: Any) -> dict[str, Any]:
        """Read Zendesk once, with that going wrong."""
        self.faults.script = list(script)
        return ingest("support", "support", self.run(**settings))

    def run(self, **settings: Any) -> Run:
        """The day to build."""
        path = self.home / "sources.yml"
        source = {
            "name": "support", "type": "zendesk", "connection": "zendesk", "role": "support",
            "options": {"csat_field": str(CSAT_FIELD)}, **settings,
        }  # fmt: skip
        path.write_text(yaml.safe_dump({"warehouse": self.database, "sources": [source]}))
        load_yaml.cache_clear()
        return Run(date(2026, 11, 17), path)

    def rows(self, query: str = ROWS) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def vendors(small_company: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    found = Vendors(small_company, database, tmp_path, free_port())
    found.faults = application(small_company, KEY, lambda: found.now)
    connection = {"host": f"http://127.0.0.1:{found.port}/zendesk", "login": "copilot@sandbox.test", "password": KEY}
    monkeypatch.setenv("AIRFLOW_CONN_ZENDESK", json.dumps(connection))
    server = uvicorn.Server(uvicorn.Config(found.faults, port=found.port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield found
    server.should_exit = True
    thread.join()


def told(vendors: Vendors) -> list[tuple[Any, ...]]:
    """The last state of each ticket, as the company's own files tell it."""
    shelf = Shelf(vendors.company, "tickets")
    states = (held.by(vendors.now - timedelta(minutes=1)) for held in shelf.records.values())
    return sorted(
        (s.now["account_id"], s.now["opened_at"], s.now["status"], s.now["priority"], s.now["solved_at"], s.now["csat"])
        for s in states
        if s
    )


LAST = """
    select account_id, opened_at, status, priority, solved_at, csat::float from (
        select distinct on (ticket_id) * from raw.tickets order by ticket_id, recorded_at desc
    ) as newest order by account_id, opened_at
"""


def test_every_ticket_arrives_as_the_company_has_it(vendors: Vendors) -> None:
    outcome = vendors.ingest()

    assert outcome["problems"] == []
    assert len(told(vendors)) > 100
    assert [tuple(row) for row in vendors.rows(LAST)] == told(vendors)
    assert vendors.rows("select count(*) from raw.customers where account_id is not null")[0][0] > 60


def test_reading_month_by_month_ends_with_the_same_states_as_reading_once(vendors: Vendors) -> None:
    for month in (7, 8, 9, 10, 11):
        vendors.now = datetime(2026, month, 18, tzinfo=UTC)
        assert vendors.ingest()["problems"] == []

    assert [tuple(row) for row in vendors.rows(LAST)] == told(vendors)


MISHAPS = {
    "busy, and says for how long": Fault("status", "tickets", 1, 2, 429, (("Retry-After", "0"),)),
    "busy, and says nothing": Fault("status", "tickets", status=429),
    "broken": Fault("status", "tickets", 1, 2, 500),
    "the line goes dead": Fault("reset", "tickets"),
    "half a page": Fault("half", "tickets"),
    "half a page of organizations": Fault("half", "organizations"),
}


@pytest.mark.parametrize("fault", MISHAPS.values(), ids=MISHAPS.keys())
def test_what_passes_is_waited_out_and_nothing_is_lost_or_doubled(vendors: Vendors, fault: Fault) -> None:
    outcome = vendors.ingest(fault)

    assert vendors.faults.happened[fault] == fault.times
    assert outcome["problems"] == []
    assert [tuple(row) for row in vendors.rows(LAST)] == told(vendors)


def test_a_wrong_key_is_a_matter_of_settings_and_told_once(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"host": f"http://127.0.0.1:{vendors.port}/zendesk", "login": "a@b.test", "password": "wrong-key"}
    monkeypatch.setenv("AIRFLOW_CONN_ZENDESK", json.dumps(connection))
    outcome = vendors.ingest()

    assert len(outcome["problems"]) == 2
    assert all("with 401" in problem and "wrong-key" not in problem for problem in outcome["problems"])
