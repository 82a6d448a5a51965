"""A client that others wrote and our connector, before the same make-believe vendor: both have to find the same."""

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.settings import ROOT
from copilot.sandbox.vendors.server import LOGIN
from tests.peers.overheard import Overheard, Question
from tests.running_vendors import KEY, Vendors

_PROGRAMS = ROOT / "tests" / "peers" / "programs"
_LONGEST_SECONDS = 120


def asked_of(python: Path, program: str, **given: Any) -> Any:
    """What one of the programs answers, in the environment that has the clients."""
    ran = subprocess.run(
        [python, _PROGRAMS / f"{program}.py"],
        input=json.dumps(given), capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@dataclass
class Hearing:
    """Both sides, and what either asked."""

    python: Path
    vendors: Vendors
    overheard: Overheard

    def ours(self, vendor: str, role: str, *times: datetime, **settings: Any) -> set[Question]:
        """Read the vendor with our connector at each of these times, then as it is now; returns what was asked."""
        now = self.vendors.now
        for self.vendors.now in (*times, now):
            assert self.vendors.read(vendor, role, **settings)["problems"] == []
        return self.overheard.taken()

    def theirs(self, vendor: str, ours: set[Question], **given: Any) -> Any:
        """What their client finds. It complains of nothing, and asks whatever we asked."""
        url = f"http://127.0.0.1:{self.vendors.port}/{vendor}"
        told = asked_of(self.python, f"read_{vendor}", url=url, login=LOGIN, key=KEY, **given)
        assert ours
        known = self.overheard.taken()
        only_ours = [one for one in ours if not any(one.is_within(other) for other in known)]
        assert not only_ours, only_ours
        assert not told["wrong"], told["wrong"]
        return told["found"]

    def newest(self, table: str, key: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """The last version of each row that our connector brought."""
        newest = f"select distinct on ({key}) * from raw.{table} order by {key}, recorded_at desc"
        return in_order(self.vendors.rows(f"select {columns} from ({newest}) as newest where {where}"))

    def counted(self, column: str) -> int:
        """How many tickets have it at last."""
        return len(self.newest("tickets", "ticket_id", "1", f"{column} is not null"))


def in_order(rows: Any) -> list[tuple[Any, ...]]:
    """Sorted, whatever is in them."""
    return sorted((tuple(row) for row in rows), key=str)
