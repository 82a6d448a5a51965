"""Files made on the spot, read and gated as landing does it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from copilot.sources.canonical import BY_NAME
from copilot.sources.config import TableMapping
from copilot.sources.files import FoundFile
from copilot.sources.gate import Gate
from copilot.sources.reading import Reject, read_batches

LANDING = datetime(2026, 11, 17, 6, tzinfo=UTC)
Outcome = tuple[list[dict[str, Any]], list[Reject]]


@pytest.fixture
def gated(tmp_path: Path) -> Callable[..., Outcome]:
    """(good rows, rejected records) of one file with that name and content."""

    def run(name: str, content: bytes, table: str = "tickets", **mapping: Any) -> Outcome:
        path = tmp_path / name
        path.write_bytes(content)
        chosen, batches = read_batches(FoundFile(path, name), BY_NAME[table], TableMapping(**mapping))
        if chosen is None:
            return [], []
        judged = [Gate(chosen, LANDING).judge(batch) for batch in batches]
        good = [row for one in judged for row in one.good.to_pylist()]
        rejected = [reject for one in judged for reject in one.rejected]
        assert sum(one.received for one in judged) == len(good) + len(rejected)
        return good, rejected

    return run
