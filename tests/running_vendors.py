"""The make-believe company's vendors, running on loopback, and a warehouse that reads them."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
import yaml

from config.run import Run
from config.settings import dsn, load_yaml
from copilot import clock
from copilot.sandbox.vendors.faults import Fault, Faults
from copilot.sandbox.vendors.mixpanel import PROJECT_ID
from copilot.sandbox.vendors.server import LOGIN, application
from copilot.sources.ingest import ingest
from copilot.stack.postgres import free_port

KEY = "sandbox-key"
EXTRAS: Mapping[str, Mapping[str, str]] = {"mixpanel": {"project_id": PROJECT_ID}}
NOTHING: Mapping[str, Any] = {}
WRONG_KEY: Mapping[str, Any] = {"password": "wrong-key"}


@dataclass
class Vendors:
    """The running vendors, their clock, what goes wrong with them, and the warehouse."""

    company: Path
    database: str
    home: Path
    patch: pytest.MonkeyPatch
    port: int
    now: datetime = datetime(2026, 11, 18, tzinfo=UTC)
    faults: Faults = field(init=False)

    def read(
        self,
        vendor: str,
        role: str,
        *script: Fault,
        name: str = "",
        shown: Mapping[str, Any] = NOTHING,
        **settings: Any,
    ) -> dict[str, Any]:
        """Read what one vendor has for a role, with that going wrong; its source is called `name`, else as it is.

        `shown` is what the connection says otherwise than it should.
        """
        self.faults.play(*script)
        self.connect(vendor, shown)
        source = {"name": name or vendor, "type": vendor, "connection": vendor, "role": role, **settings}
        return ingest(name or vendor, role, self.run(source))

    def connect(self, vendor: str, shown: Mapping[str, Any]) -> None:
        """Make the Airflow connection of a vendor."""
        connection: dict[str, Any] = {"host": f"http://127.0.0.1:{self.port}/{vendor}", "login": LOGIN, "password": KEY}
        connection |= {"extra": EXTRAS.get(vendor, {}), **shown}
        self.patch.setenv(f"AIRFLOW_CONN_{vendor.upper()}", json.dumps(connection))

    def run(self, *sources: Mapping[str, Any]) -> Run:
        """The day to build out of these sources."""
        path = self.home / "sources.yml"
        path.write_text(yaml.safe_dump({"warehouse": self.database, "sources": list(sources)}))
        load_yaml.cache_clear()
        return Run(date(2026, 11, 17), path)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(query).fetchall()  # type: ignore[arg-type]


@contextmanager
def running(company: Path, database: str, home: Path, patch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    """The vendors of the company whose files are in the directory."""
    found = Vendors(company, database, home, patch, free_port())
    found.faults = application(company, KEY, lambda: found.now)
    # Our clock goes as theirs, and no two of our readings of it are the same.
    ticks = count()
    patch.setattr(clock, "now", lambda: found.now + timedelta(microseconds=next(ticks)))
    with serving(found.faults, found.port):
        yield found


@contextmanager
def serving(app: Any, port: int) -> Iterator[None]:
    """An application that answers on loopback. The vendors say themselves what time it is."""
    config = uvicorn.Config(app, port=port, log_level="critical", date_header=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
