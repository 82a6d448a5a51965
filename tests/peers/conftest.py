"""What others wrote to speak with the vendors: in an environment of its own, as processes of their own."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from config.settings import ROOT
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec
from tests.peers.hearing import Hearing
from tests.peers.overheard import Overheard
from tests.running_vendors import running

_PYTHON = ROOT / ".venv-peers" / "bin" / "python"


@pytest.fixture(scope="session")
def peers() -> Path:
    """The Python of the environment that has them."""
    if not _PYTHON.exists():
        # A run that counts must not pass because nobody was asked.
        tell = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        tell("there is no .venv-peers: ./setup.sh peers makes it")
    return _PYTHON


@pytest.fixture(scope="session")
def witnessed_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of 110 accounts over four months: more of most things than a page holds, and little usage."""
    directory = tmp_path_factory.mktemp("witnessed")
    spec = CompanySpec(
        seed=5, accounts=110, start=date(2026, 7, 18), end=date(2026, 11, 17), events_scale=0.02
    )  # fmt: skip
    write_company(spec, directory)
    return directory


@pytest.fixture
def hearing(
    peers: Path, witnessed_company: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hearing]:
    """The company's vendors, to be read by both sides."""
    with running(witnessed_company, database, tmp_path, monkeypatch) as vendors:
        vendors.faults.app = overheard = Overheard(vendors.faults.app)
        yield Hearing(peers, vendors, overheard)
