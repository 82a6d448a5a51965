"""A company whose files a test writes, and what its warehouse then holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from config.run import Run
from config.settings import dsn, load_yaml
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from copilot.sources.ingest import ingest
from tests.running_vendors import Vendors, running


@dataclass
class Company:
    """One source named `export` over a directory of CSV files."""

    home: Path
    database: str
    tables: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str, content: str | bytes) -> None:
        """Put one file there."""
        (self.home / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def run(self, as_of: str = "2026-11-17") -> Run:
        """The day to build, from the tables promised now."""
        path = self.home / "sources.yml"
        source = {"name": "export", "type": "files", "path": "{table}*.{csv,csv.gz,parquet}", "tables": self.tables}
        wanted = yaml.safe_dump({"warehouse": self.database, "sources": [source]})
        # Tests that land at the same time share the file: it is written only when it says something new.
        if not path.exists() or path.read_text() != wanted:
            path.write_text(wanted)
            load_yaml.cache_clear()
        return Run(date.fromisoformat(as_of), path)

    def ingest(self, role: str = "support", as_of: str = "2026-11-17") -> dict[str, Any]:
        """Take in what is there."""
        return ingest("export", role, self.run(as_of))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with psycopg.connect(dsn("owner", self.database)) as owner:
            return owner.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def company(database: str, tmp_path: Path) -> Company:
    """A company without files; tickets are promised."""
    return Company(tmp_path, database, {"tickets": {}})


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of 60 accounts over half a year."""
    directory = tmp_path_factory.mktemp("vendors")
    write_company(CompanySpec(seed=5, accounts=60, start=date(2026, 5, 18), end=date(2026, 11, 17)), directory)
    return directory


@pytest.fixture
def vendors(small_company: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    with running(small_company, database, tmp_path, monkeypatch) as found:
        yield found
