"""Vendors of the make-believe company that a test runs over real HTTP on loopback, and sources that read them."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from config.run import Run
from config.settings import dsn, load_yaml
from copilot import clock
from copilot.sandbox.vendors.faults import Fault, Faults
from copilot.sources.api.connector import Connector
from copilot.sources.config import ApiSource
from copilot.sources.connectors import CONNECTORS
from copilot.sources.ingest import ingest
from copilot.stack.postgres import free_port

KEY = "sandbox-key"


@dataclass(frozen=True)
class Door:
    """Lets in who shows the key; a stranger is answered as that vendor does."""

    app: ASGIApp
    authorization: str
    stranger: Callable[[Request], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or refuse it."""
        request = Request(scope)
        shown = request.headers.get("authorization", "")
        is_known = secrets.compare_digest(shown.encode(), self.authorization.encode())
        await (self.app if is_known else self.stranger(request))(scope, receive, send)


@dataclass(frozen=True)
class Reader:
    """How a source reads a vendor: its connector, the connection's fields, the tables, the options."""

    connector: Connector
    connection: Mapping[str, Any]
    tables: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Vendors:
    """Running vendors, their clock, and a warehouse that reads them."""

    database: str
    home: Path
    patch: pytest.MonkeyPatch
    now: datetime = datetime(2026, 11, 18, 6, tzinfo=UTC)
    port: int = field(default_factory=free_port)
    faults: Faults = field(init=False)
    readers: dict[str, Reader] = field(default_factory=dict)

    def reads(self, name: str, reader: Reader) -> None:
        """From now on a source of that name reads that vendor."""
        self.readers[name] = reader
        self.patch.setitem(CONNECTORS, name, reader.connector)  # type: ignore[arg-type]
        host = f"http://127.0.0.1:{self.port}/{name}"
        self.patch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"host": host, **reader.connection}))

    def ingest(self, name: str, role: str, *script: Fault) -> dict[str, Any]:
        """Read one source once, with that going wrong."""
        self.faults.script = list(script)
        return ingest(name, role, self.run())

    def run(self) -> Run:
        """The day to build."""
        path = self.home / "sources.yml"
        path.write_text(yaml.safe_dump({"warehouse": self.database}))
        load_yaml.cache_clear()
        return Run(date(2026, 11, 17), path)

    def source(self, name: str, _: Run) -> ApiSource:
        """The source as a sources file would declare it."""
        reader = self.readers[name]
        return ApiSource.model_construct(
            name=name, type=name, connection=name, tables=list(reader.tables), options=dict(reader.options)
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(query).fetchall()  # type: ignore[arg-type]


@contextmanager
def running(vendors: Vendors, doors: Mapping[str, Door]) -> Iterator[Vendors]:
    """The vendors behind their doors, each under its own name; everybody's clock is theirs."""
    vendors.faults = Faults(Starlette(routes=[Mount(f"/{name}", app=door) for name, door in doors.items()]))
    vendors.patch.setattr(clock, "now", lambda: vendors.now)
    vendors.patch.setattr("copilot.sources.ingest._source", vendors.source)
    server = uvicorn.Server(uvicorn.Config(vendors.faults, port=vendors.port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield vendors
    server.should_exit = True
    thread.join()
