"""What ten times the accounts cost a day: seconds and peak of memory by room, at 1x, at 10x and with one busy account.

`python -m benchmarks.volume [ACCOUNTS] [MONTHS]`: the same generated company at 1x and 10x and, at 1x, with one account
that has half of the usage events, each on a private server of its own. The history is delivered and built first;
measured is the day after it. Each room works in a process forked from one that has every import behind it, so that a
peak is that room's own; dbt works inside it, the server's memory is not in it. Exit code 1 beyond a bound.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.deliveries import deliver, write_sources
from benchmarks.forked import Cost, forked
from benchmarks.history import months_before, rooms
from benchmarks.landing import running_server
from config.run import Run
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import CompanySpec, load_spec

ACCOUNTS = 100
MONTHS = 6
TIMES = 10
# A model is trained once a week at the most; the first day is such a day.
FIRST_TRAINING = "the first day's train"
MOST_TIME_RATIO = 12.0
MOST_MEMORY_RATIO = 1.5


def main() -> int:
    """Print the table; 1 when a ratio lies beyond its bound."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    months = int(sys.argv[2]) if len(sys.argv) > 2 else MONTHS
    import_everything()
    small, large = measured(accounts, months), measured(accounts * TIMES, months)
    busy = measured(accounts, months, one_busy_account)
    return print_table(small, large, busy)


def measured(accounts: int, months: int, change: Callable[[Path], None] | None = None) -> dict[str, Cost]:
    """The cost of one day by room, after so many months of a company of that size."""
    with tempfile.TemporaryDirectory() as place, running_server(Path(place)) as database:
        home = Path(place)
        os.environ["COPILOT_MLFLOW_URI"] = f"sqlite:///{home}/mlflow.db"
        spec = load_spec()
        spec = spec.changed(accounts=accounts, start=months_before(spec.end, months))
        forked(_write, spec, home / "company", change)
        sources = home / "sources.yml"
        write_sources(sources, database)
        forked(deliver, home / "company", home / "sandbox", spec.start, spec.end)
        first = a_day(Run(spec.end - timedelta(days=1), sources))
        forked(deliver, home / "company", home / "sandbox", spec.end, spec.end + timedelta(days=1))
        return {**a_day(Run(spec.end, sources)), FIRST_TRAINING: first["train"]}


def import_everything() -> None:
    """What rooms import when they begin, once for all: it takes the same time and memory at any size."""
    import dbt.cli.main  # noqa: F401
    import great_expectations  # noqa: F401
    import mlflow.xgboost  # noqa: F401
    import sklearn.linear_model  # noqa: F401

    list(rooms())


def _write(spec: CompanySpec, company: Path, change: Callable[[Path], None] | None) -> None:
    """The company's files. Apart, too: a process that is forked later begins with what its parent holds."""
    rows = write_company(spec, company)
    print(f"{spec.accounts} accounts since {spec.start}, {sum(rows.values()):,} rows", flush=True)
    if change:
        change(company / "usage")


def a_day(run: Run) -> dict[str, Cost]:
    """Every room of the day once, each in a process of its own."""
    return {room: forked(work, run) for room, work in rooms()}


def one_busy_account(usage: Path) -> None:
    """Give the account with the most events as many more as make half of each file that has any of it its own."""
    paths = sorted(usage.glob("usage_events*.parquet"))
    counts = pc.value_counts(pq.read_table(paths, columns=["account_id"])["account_id"]).to_pylist()
    busiest = max(counts, key=lambda counted: (counted["counts"], counted["values"]))["values"]
    for path in paths:
        pq.write_table(_half_of(pq.read_table(path), busiest), path, compression="zstd")


def _half_of(events: pa.Table, account: str) -> pa.Table:
    """The events and copies of the account's own, under numbers of their own, until it has half of all."""
    own = events.filter(pc.equal(events["account_id"], account))
    missing = events.num_rows - 2 * own.num_rows
    if not own.num_rows or missing <= 0:
        return events
    copies = own.take(pa.array([n % own.num_rows for n in range(missing)]))
    numbers = pa.array([f"copy_{n}_" for n in range(missing)])
    at = copies.column_names.index("event_id")
    names = pc.binary_join_element_wise(numbers, copies["event_id"].combine_chunks(), "")
    return pa.concat_tables([events, copies.set_column(at, events.schema.field("event_id"), names)])


def print_table(small: dict[str, Cost], large: dict[str, Cost], busy: dict[str, Cost]) -> int:
    """A row per room for docs/figures.md; 1 when the day or the highest peak grew by more than its bound."""
    print(f"| room | 1x | {TIMES}x | one busy account | time ratio | memory ratio |")
    print("|---|---|---|---|---|---|")
    columns = [{**costs, "the day": whole(costs)} for costs in (small, large, busy)]
    for room in columns[0]:
        costs = [column[room] for column in columns]
        cells = " | ".join(f"{cost.seconds:.2f} s, {cost.mib:.0f} MiB" for cost in costs)
        print(f"| {room} | {cells} | {costs[1].seconds / costs[0].seconds:.2f} | {costs[1].mib / costs[0].mib:.2f} |")
    time_ratio = whole(large).seconds / whole(small).seconds
    memory_ratio = max(large[room].mib / small[room].mib for room in small)
    print(f"the day's time {time_ratio:.2f} times (bound {MOST_TIME_RATIO:g}),", end=" ")
    print(f"the memory of the room that grew most {memory_ratio:.2f} times (bound {MOST_MEMORY_RATIO:g})")
    return int(time_ratio > MOST_TIME_RATIO or memory_ratio > MOST_MEMORY_RATIO)


def whole(costs: dict[str, Cost]) -> Cost:
    """All rooms of the day one after another: the sum of their seconds, the highest of their peaks."""
    of_the_day = [cost for room, cost in costs.items() if room != FIRST_TRAINING]
    return Cost(sum(cost.seconds for cost in of_the_day), max(cost.mib for cost in of_the_day))


if __name__ == "__main__":
    sys.exit(main())
