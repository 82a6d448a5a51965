"""What one day costs when three, twelve and twenty-four months of history lie behind it.

`python -m benchmarks.history [ACCOUNTS] [MONTHS ...]`: one company on a private server. Up to each month its files are
delivered and built; then come ordinary days, each with all its rooms, without Airflow. The median second counts of
those days stand side by side, and their ratio to those after the shortest history. Before each of them the server comes
to rest: months that are written in minutes leave it vacuuming and flushing, and so does a day that follows at once.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.deliveries import deliver, write_sources
from benchmarks.landing import running_server
from config.run import Run
from config.settings import dsn
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec, load_spec

ACCOUNTS = 10_000
MONTHS = (3, 12, 24)
ROLES = ("crm", "billing", "usage", "support")
# A day of each kind but Sunday, on which the week's features are kept for good.
ORDINARY_DAYS = 5
SUNDAY = 7
# Autovacuum looks for work this often here, so that it is soon known to have none; quiet is a little longer.
NAPTIME = "5s"
QUIET_SECONDS = 8.0
VACUUMING = "select count(*) from pg_stat_activity where backend_type = 'autovacuum worker'"
Seconds = dict[str, float]


def main() -> None:
    """Print seconds by room and history, and the ratios."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    months = tuple(int(argument) for argument in sys.argv[2:]) or MONTHS
    with tempfile.TemporaryDirectory() as place, running_server(Path(place), autovacuum_naptime=NAPTIME) as database:
        home = Path(place)
        os.environ["COPILOT_MLFLOW_URI"] = f"sqlite:///{home}/mlflow.db"
        spec = load_spec()
        spec = spec.changed(accounts=accounts, start=months_before(spec.end, max(months) + 1))
        rows = write_company(spec, home / "company")
        print(f"{accounts} accounts, {max(months)} months, {sum(rows.values()):,} rows", flush=True)
        measured = {}
        for length, costs in grow(spec, home, database, months):
            measured[length] = costs
            print(f"{length} months: " + ", ".join(f"{room} {cost:.2f}" for room, cost in costs.items()), flush=True)
    print_table(measured)


def grow(spec: CompanySpec, home: Path, database: str, months: tuple[int, ...]) -> Iterator[tuple[int, Seconds]]:
    """For each length of history, the median seconds of its ordinary days by room."""
    sources = home / "sources.yml"
    write_sources(sources, database)
    delivered = spec.start
    for length in sorted(months):
        eve = _eve(_months_after(spec.start, length))
        for day in (eve, *(eve + timedelta(days=n) for n in range(1, ORDINARY_DAYS + 1))):
            deliver(home / "company", home / "sandbox", delivered, day + timedelta(days=1))
            delivered = day + timedelta(days=1)
            costs = a_day(Run(day, sources))
            _settle(database, everything=day == eve)
            if day == eve:
                found: dict[str, list[float]] = defaultdict(list)
                print(f"  {day}: history delivered and built in {sum(costs.values()):.0f} s", flush=True)
                continue
            for room, cost in costs.items():
                found[room].append(cost)
        yield length, {room: statistics.median(costs) for room, costs in found.items()}


def _settle(database: str, everything: bool) -> None:
    """Do at once, or wait for, what autovacuum, the checkpointer and the kernel have left to do."""
    with psycopg.connect(dsn("owner", database), autocommit=True) as owner:
        if everything:
            owner.execute("vacuum (analyze)")
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            time.sleep(1)
            if owner.execute(VACUUMING).fetchone() != (0,):
                quiet_since = time.monotonic()
        owner.execute("checkpoint")
    os.sync()


def a_day(run: Run) -> Seconds:
    """Every room of the day once; seconds by room."""
    return {room: _timed(work, run) for room, work in rooms()}


def rooms() -> Iterator[tuple[str, Callable[[Run], Any]]]:
    """The rooms of a day in order, as the DAGs call them."""
    from copilot.decide.day import decide
    from copilot.sources.ingest import ingest
    from copilot.warehouse.publish import publish
    from copilot.warehouse.transform import LAYERS, build
    from expectations.gate import check_marts, check_raw
    from ml.score import score
    from ml.train import train_if_never

    for role in ROLES:
        yield f"landing {role}", partial(ingest, role, role)
    yield "gate 1", check_raw
    for layer in LAYERS:
        yield f"dbt {layer}", partial(build, layer)
    yield "gate 2", check_marts
    yield "train", train_if_never
    yield "score", score
    yield "decide", decide
    yield "publish", publish


def print_table(measured: dict[int, Seconds]) -> None:
    """A table for docs/figures.md: a row per room, a column per history, the ratio of the longest to the shortest."""
    lengths = sorted(measured)
    print("| room | " + " | ".join(f"{length} months" for length in lengths) + " | ratio |")
    print("|---" * (len(lengths) + 2) + "|")
    totals = {length: {**measured[length], "the day": sum(measured[length].values())} for length in lengths}
    for room in totals[lengths[0]]:
        costs = [totals[length][room] for length in lengths]
        print(f"| {room} | " + " | ".join(f"{cost:.2f} s" for cost in costs) + f" | {costs[-1] / costs[0]:.2f} |")


def _timed(work: Callable[[Run], Any], run: Run) -> float:
    started = time.perf_counter()
    work(run)
    return time.perf_counter() - started


def _eve(day: date) -> date:
    """The last day from which the next ordinary days are no Sundays."""
    while any((day + timedelta(days=n)).isoweekday() == SUNDAY for n in range(1, ORDINARY_DAYS + 1)):
        day += timedelta(days=1)
    return day


def _months_after(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, min(day.day, 28))


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, the 28th at the latest."""
    return _months_after(day, -months)


if __name__ == "__main__":
    main()
