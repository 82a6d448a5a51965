"""One real stack for all end-to-end and browser tests, one small company, one warehouse per story."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from config.run import DEFAULT_SOURCES
from config.settings import DEFAULT_DATABASE, ROOT, dsn
from copilot.sandbox.company import write_company
from copilot.sandbox.company_clock import CompanyClock
from copilot.sandbox.spec import load_spec
from copilot.sources.webhooks.hooks import VARIABLE as HOOK_SOURCES
from copilot.stack.launch import down, up

ACCOUNTS = 120
DAYS_OF_HISTORY = 200


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running local stack in a directory of its own; yields that directory."""
    var = tmp_path_factory.mktemp("var")
    patch = pytest.MonkeyPatch()
    patch.setenv("COPILOT_VAR", str(var))
    patch.setenv("COPILOT_KILL_AT", str(var / "kill"))
    patch.setenv(HOOK_SOURCES, str(var / "sources-pushed.yml"))
    (var / "kill").mkdir()
    lines: list[str] = []
    try:
        up(lines.append)
        yield var
    finally:
        down(lines.append)
        patch.undo()


@pytest.fixture(scope="session")
def spec() -> Any:
    """A company small enough to run its day in well under a minute."""
    shipped = load_spec()
    start = shipped.end - timedelta(days=DAYS_OF_HISTORY)
    return shipped.model_copy(update={"accounts": ACCOUNTS, "start": start, "csms": 3})


@pytest.fixture(scope="session")
def company(stack: Path, spec: Any) -> Path:
    """The company's files, where its vendors look for them, in the night after its last day."""
    write_company(spec, stack / "sandbox", has_branches=True)
    CompanyClock(stack / "sandbox").set_to_night_after(spec.end)
    return stack / "sandbox"


@pytest.fixture(scope="session")
def sources_for(company: Path) -> Any:
    """A sources file that gives the company's files a warehouse of their own: `sources_for("killed")`."""
    shipped = yaml.safe_load(DEFAULT_SOURCES.read_text())

    def make(warehouse: str = DEFAULT_DATABASE) -> Path:
        path = company.parent / f"sources-{warehouse}.yml"
        path.write_text(yaml.safe_dump({**shipped, "warehouse": warehouse}))
        return path

    return make


@pytest.fixture(scope="session")
def calm(sources_for: Any, spec: Any) -> str:
    """The default warehouse, in which two days ran one by one, undisturbed."""
    for day in (spec.end - timedelta(days=1), spec.end):
        done = copilot("run", "--as-of", day, "--sources", sources_for())
        assert done.returncode == 0, done.stdout + done.stderr
    return DEFAULT_DATABASE


def copilot(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would; its output is in the result."""
    return subprocess.run(
        [sys.executable, "-m", "copilot", *map(str, arguments)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def ask(database: str, question: str) -> list[tuple[Any, ...]]:
    """What a query answers in one warehouse."""
    with psycopg.connect(dsn("owner", database)) as owner:
        return owner.execute(question.encode()).fetchall()
