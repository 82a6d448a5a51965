"""Usage events into features: what the real models cost on tens of millions of events, on a private server.

    python -m benchmarks.usage [--events 36000000] [--accounts 1600] [--weeks 100]

Writes a company whose usage is already landed, with SQL, and prints PostgreSQL's seconds per model of (a) events to the
features of every Sunday in one pass, (b) the roll-up of events to user-days beside one hand-written `group by` of the
same rows, and (c) the day after, of which only that day's events are new.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg

from benchmarks.landing import running_server
from config.run import Run
from config.settings import dsn
from copilot.warehouse import transform

FIRST_MONDAY = date(2024, 1, 1)
USERS = 10
FEATURES = 12
TO_FEATURES = ("+int_account_usage__as_of",)
FACTS = ("+fct_usage_daily", "+fct_feature_usage_daily", "+restatements", "usage_facts_built")
ROLL_UP = """
    create table public.by_hand as
    select account_id, user_id, (occurred_at at time zone 'UTC')::date as used_on,
        (recorded_at at time zone 'UTC')::date as recorded_on, sum(coalesce(quantity, 1)) as n_events
    from raw.usage_events group by 1, 2, 3, 4
"""
# A user's event in the order in which they were recorded: 97 of 100 at once, the rest up to five or thirty days late.
EVENTS = """
    insert into raw_bench.usage_events (
        event_id, account_id, user_id, event_name, feature, occurred_at, quantity, recorded_at,
        _source, _batch_id, _file, _row_number
    )
    select
        'evt_' || lpad(n::text, 11, '0'), 'acc_' || lpad(account::text, 5, '0'),
        'usr_' || lpad(account::text, 5, '0') || '_' || member, case when is_login then 'login' else 'used' end,
        case when not is_login then 'feature_' || feature end, occurred_at, case when is_login then 0 else 2 end,
        occurred_at + interval '1 minute' + lag * interval '1 day', 'bench', %(batch)s, 'bench', n
    from (
        select
            n, place %% %(accounts)s as account, place / %(accounts)s %% %(users)s as member,
            n %% 3 = 0 as is_login, (hashint8(n) & 1023) %% %(features)s as feature,
            case
                when hashint8(n + 7) & 1023 < 3 then 1 + (hashint8(n + 11) & 31) %% 30
                when hashint8(n + 7) & 1023 < 30 then 1 + (hashint8(n + 11) & 7) %% 5
                else 0
            end as lag,
            %(day)s::timestamptz + interval '7 hours' + (n - %(first)s) * interval '1 second' * %(pace)s as occurred_at
        from (
            select n, (hashint8(n / 3)::bigint + 2147483648) %% (%(accounts)s * %(users)s) as place
            from generate_series(%(first)s::bigint, %(last)s::bigint) as numbers (n)
        ) as numbers
    ) as drawn
"""


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    events: int
    accounts: int
    weeks: int

    @property
    def days(self) -> int:
        """Days of history before the day of the increment."""
        return self.weeks * 7

    @property
    def per_day(self) -> int:
        """Events of one day."""
        return self.events // self.days


def main() -> None:
    """Read the size and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=36_000_000)
    parser.add_argument("--accounts", type=int, default=1_600)
    parser.add_argument("--weeks", type=int, default=100)
    given = parser.parse_args()
    size = Size(given.events, given.accounts, given.weeks)
    with tempfile.TemporaryDirectory() as home, running_server(Path(home)) as database:
        for line in measured(size, database, Path(home)):
            print(line, flush=True)


def measured(size: Size, database: str, home: Path) -> Iterator[str]:
    """The lines of the figure."""
    sources = home / "sources.yml"
    sources.write_text(f"warehouse: {database}\nsources: []\n")
    last = FIRST_MONDAY + timedelta(days=size.days - 1)
    land(size, database)
    transform.invoke(Run(last, sources), "seed")
    # Everything that is not about usage, so that the one pass does not pay for it.
    transform.invoke(Run(last, sources), "run", "--select", "path:models/staging", "--exclude", "stg_batches")
    yield f"{size.events:,} events of {size.accounts:,} accounts on {size.weeks} Sundays"
    by_hand = timed(database, ROLL_UP)
    yield from built("one pass", TO_FEATURES, Run(last, sources), rolled_up=(size.events, by_hand))
    yield from built("facts of all days", FACTS, Run(last, sources))
    # Marks the Sundays as built: without that the day after would compute them again.
    transform.invoke(Run(last, sources), "run", "--select", "+churn_days_built")
    land_day(size, database, size.days)
    following = Run(last + timedelta(days=1), sources)
    yield from built("the day after", TO_FEATURES, following)
    yield from built("its facts", FACTS, following)


def built(name: str, selection: tuple[str, ...], run: Run, rolled_up: tuple[int, float] | None = None) -> Iterator[str]:
    """One build of the real models: the seconds of the whole and of the slowest."""
    began = time.monotonic()
    results = list(transform.invoke(run, "run", "--select", *selection))
    wall = time.monotonic() - began
    seconds = {result.node.name: result.execution_time for result in results}
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:12]
    models = ", ".join(f"{model} {took:.1f}" for model, took in slowest)
    yield f"{name}: {run.as_of} {wall:.1f} s with dbt's own, {covered(results):.1f} s of models side by side ({models})"
    if rolled_up:
        events, by_hand = rolled_up
        roll_up = seconds["int_usage__daily"]
        yield (
            f"roll-up: {events / roll_up:,.0f} events/s, one plain group by {events / by_hand:,.0f} events/s,"
            f" ratio {by_hand / roll_up:.2f}"
        )


def covered(results: list[object]) -> float:
    """Seconds in which at least one model was being built: models of one pass run side by side."""
    spans = sorted(
        (timing.started_at, timing.completed_at)
        for result in results
        for timing in result.timing  # type: ignore[attr-defined]
        if timing.name == "execute"
    )
    seconds, end = 0.0, None
    for started, completed in spans:
        begin = started if end is None else max(started, end)
        if completed > begin:
            seconds += (completed - begin).total_seconds()
            end = completed
    return seconds


def timed(database: str, statement: str) -> float:
    """Seconds of one statement with the memory that the models have."""
    with psycopg.connect(dsn("owner", database), autocommit=True) as owner:
        owner.execute("set work_mem = '256MB'")
        began = time.monotonic()
        owner.execute(statement.encode())
        seconds = time.monotonic() - began
        owner.execute("drop table public.by_hand")
    return seconds


def land(size: Size, database: str) -> None:
    """Accounts, subscriptions, and a batch of events for each day."""
    with psycopg.connect(dsn("loader", database), autocommit=True) as loader:
        loader.execute("select raw.ensure_source('bench')")
        common = "'bench', 1, 'bench', n from generate_series(0, %s) as numbers (n)"
        loader.execute(
            "insert into raw_bench.accounts (account_id, name, segment, recorded_at,"
            " _source, _batch_id, _file, _row_number)"
            f" select 'acc_' || lpad(n::text, 5, '0'), 'Account', 'smb', %s::timestamptz, {common}".encode(),
            (FIRST_MONDAY, size.accounts - 1),
        )
        loader.execute(
            "insert into raw_bench.subscriptions (subscription_id, account_id, started_on, mrr, seats, recorded_at,"
            " _source, _batch_id, _file, _row_number) select 'sub_' || n, 'acc_' || lpad(n::text, 5, '0'), %s::date,"
            f" 100, 10, %s::timestamptz, {common}".encode(),
            (FIRST_MONDAY, FIRST_MONDAY, size.accounts - 1),
        )
    for number in range(size.days):
        land_day(size, database, number)
    with psycopg.connect(dsn("owner", database), autocommit=True) as owner:
        # What autovacuum does by itself soon after a load of this size.
        owner.execute("vacuum (analyze) raw.usage_events")


def land_day(size: Size, database: str, number: int) -> None:
    """One batch: the events of one day of use."""
    first = number * size.per_day
    values = {
        "accounts": size.accounts, "users": USERS, "features": FEATURES, "batch": number + 2, "first": first,
        "last": first + size.per_day - 1, "day": FIRST_MONDAY + timedelta(days=number), "pace": 36_000 / size.per_day,
    }  # fmt: skip
    with psycopg.connect(dsn("loader", database), autocommit=True) as loader:
        loader.execute(EVENTS.encode(), values)


if __name__ == "__main__":
    main()
