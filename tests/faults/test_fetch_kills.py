"""P1, F1 and F2: an HTTP source's ingest that is killed anywhere, then run again, ends as if nothing had happened."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from config.kill_point import FETCH_POINTS
from config.settings import var_dir
from copilot.sources.canonical import TABLES
from copilot.stack.postgres import Server
from tests.armed import armed_for
from tests.faults.histories import History
from tests.faults.landed import Rows, half_states, landed
from tests.faults.warm import Order, Warm, warm_process
from tests.figures import figure
from tests.running_vendors import Vendors, running

SEEDS = 20
# More than a run could pass a point: what is left over tells how often it did.
NEVER = 10**9


@dataclass(frozen=True)
class Case:
    """One kill: how the process ended, what it left behind, and how the next run's rows differ from a quiet run's."""

    point: str
    nth: int
    code: int
    half: list[str]
    left: list[Path]
    quiet: Rows
    found: Rows

    @property
    def lost(self) -> Rows:
        """What a quiet run has and this one has not."""
        return self.quiet - self.found

    @property
    def doubled(self) -> Rows:
        """What this one has too much."""
        return self.found - self.quiet


def hashed(rows: Rows) -> str:
    return hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest()


@pytest.fixture(scope="module")
def warm(postgres: Server) -> Iterator[Warm]:
    assert postgres.is_running()
    with warm_process() as process:
        yield process


@pytest.fixture(scope="module")
def cases() -> Iterator[list[Case]]:
    """The cases of the seeds that have run; when all have, they are a figure."""
    found: list[Case] = []
    yield found
    if len(found) < SEEDS * len(FETCH_POINTS):
        return
    rows = sum(case.quiet.total() for case in found)
    killed = sum(case.code == -9 for case in found)
    lost = sum(case.lost.total() for case in found)
    doubled = sum(case.doubled.total() for case in found)
    unequal = sum(hashed(case.quiet) != hashed(case.found) for case in found)
    figure(
        "P1 kill -9 of an HTTP source's ingest, then again",
        f"{len(found)} cases, {killed} killed, lost {lost}, doubled {doubled} of {rows} rows, {unequal} unequal hashes",
        f"{len(FETCH_POINTS) * SEEDS} cases, all killed, lost 0, doubled 0, 0 unequal hashes",
    )


@dataclass
class Drill:
    """One company whose vendor is read by two sources: `quiet` never dies, `killed` does at every instant."""

    history: History
    vendors: Vendors
    warm: Warm
    tables: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.tables = [table.name for table in TABLES if table.role == self.history.role]
        self.vendors.connect(self.history.vendor, {})
        one = {"type": self.history.vendor, "connection": self.history.vendor, "role": self.history.role}
        one |= {"options": dict(self.history.options), "tables": list(self.history.tables)}
        self.sources = self.vendors.run({"name": "quiet", **one}, {"name": "killed", **one}).sources

    def ingest(self, source: str, armed_at: Path | None = None) -> int:
        """Read one of them in a process of its own; how that ended."""
        # No two runs begin at the same instant.
        self.vendors.now += timedelta(milliseconds=1)
        variables = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_CONN_")}
        if armed_at:
            variables["COPILOT_KILL_AT"] = str(armed_at)
        return self.warm.ingest(
            Order(source, self.history.role, str(self.sources), self.vendors.now.isoformat(), variables)
        )

    def passings(self) -> dict[str, int]:
        """Read the quiet source; how often that passes each point."""
        place = armed_for(dict.fromkeys(FETCH_POINTS, NEVER))
        assert self.ingest("quiet", place) == 0
        return {point: NEVER - int((place / point).read_text()) for point in FETCH_POINTS}

    def case(self, point: str, nth: int) -> Case:
        """Kill the other one at the nth passing of the point, and run it again."""
        place, database = armed_for({point: nth}), self.vendors.database
        code = self.ingest("killed", place)
        half = half_states(database, "killed", self.tables)
        assert self.ingest("killed") == 0
        left = [*place.iterdir(), *(var_dir() / "spool" / "killed").iterdir()]
        return Case(
            point,
            nth,
            code,
            half,
            left,
            landed(database, "quiet", self.tables),
            landed(database, "killed", self.tables),
        )

    def cases(self) -> Iterator[Case]:
        """A kill at each point, each after another few days."""
        points = list(FETCH_POINTS)
        for instant in self.history.instants():
            self.vendors.now = instant
            passed = self.passings()
            reached = [point for point in points if passed[point]]
            if reached:
                point = reached[int(self.history.chance.integers(len(reached)))]
                points.remove(point)
                yield self.case(point, int(self.history.chance.integers(passed[point])) + 1)
            elif points:
                assert self.ingest("killed") == 0
            else:
                return


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_ingest_that_is_killed_anywhere_and_run_again_ends_as_one_that_was_not(
    seed: int, warm: Warm, cases: list[Case], database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(seed)
    history.write(tmp_path / "company")
    with running(tmp_path / "company", database, tmp_path, monkeypatch) as vendors:
        found = list(Drill(history, vendors, warm).cases())
    cases += found

    assert sorted(case.point for case in found) == sorted(FETCH_POINTS)
    kinds = {kind for kind, _ in found[-1].quiet}
    assert kinds > {"cursor", "position", "day", "state"}
    assert ("quarantine" in kinds) == history.is_spoiled
    for case in found:
        assert (case.code, case.half, case.left) == (-9, [], []), case.point
        assert (case.lost, case.doubled) == (Counter(), Counter()), f"{case.point}, passing {case.nth}"
        assert hashed(case.quiet) == hashed(case.found)
