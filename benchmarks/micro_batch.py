"""What it takes from a pushed event to `serving`, step by step, without Airflow (whose share the e2e test records).

`python -m benchmarks.micro_batch [ACCOUNTS]`: one company on a private server, built up to the eve of its last day. On
that day one contract gets more seats, pushed; landing and the rooms of `refresh_day` follow, several times. After each
the account's published row has to say so.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import yaml

from benchmarks.history import a_day, rooms
from benchmarks.landing import running_server
from config.run import Run
from config.settings import ROOT, dsn
from copilot.sandbox.company import write_company
from copilot.sandbox.spec import load_spec
from copilot.sources.canonical import BY_NAME
from copilot.sources.ingest import ingest_pushed
from copilot.sources.webhooks.event import Event
from copilot.warehouse.transform import build_anew
from copilot.warehouse.webhook_events import keep

ACCOUNTS = 1_000
ROUNDS = 3
HOOK = {"signature": "hmac", "secret": "nobody"}


def main() -> None:
    """Print the median seconds of each step, and of all."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    with tempfile.TemporaryDirectory() as place, running_server(Path(place)) as database:
        home = Path(place)
        os.environ["COPILOT_MLFLOW_URI"] = f"sqlite:///{home}/mlflow.db"
        spec = load_spec().changed(accounts=accounts)
        rows = write_company(spec, home / "sandbox")
        eve = Run(spec.end - timedelta(days=1), _sources(home, database))
        print(
            f"{accounts} accounts, {sum(rows.values()):,} rows; {eve.as_of}: {sum(a_day(eve).values()):.0f} s",
            flush=True,
        )
        costs = [_refreshed(Run(spec.end, eve.sources), number) for number in range(ROUNDS)]
    _print(costs)


def _sources(home: Path, database: str) -> Path:
    """The company's files, with a door for what is pushed to billing."""
    files = yaml.safe_load((ROOT / "examples" / "files" / "sources.yml").read_text())["sources"]
    for source in files:
        source["path"] = source["path"].replace("{var}", str(home))
        if source["name"] == "billing":
            source["webhook"] = HOOK
    path = home / "sources.yml"
    path.write_text(yaml.safe_dump({"warehouse": database, "sources": files}))
    return path


def _refreshed(run: Run, number: int) -> dict[str, float]:
    """Seconds by step, for one event."""
    account, seats, row = _contract(run, number)
    event = Event(f"event {number}", "subscriptions", json.dumps({"rows": [row]}))
    others = [(room, work) for room, work in rooms() if not room.startswith(("landing", "dbt", "train"))]
    steps: list[tuple[str, Callable[[Run], Any]]] = [
        ("keep", lambda run: keep(run.database, "billing", event)),
        ("landing", lambda run: ingest_pushed("billing", run)),
        *others[:1],
        ("dbt", build_anew),
        *others[1:],
    ]
    costs = {}
    for name, work in steps:
        began = time.perf_counter()
        work(run)
        costs[name] = time.perf_counter() - began
    question = "select seats from serving.account_day where as_of_date = %s and account_id = %s"
    [(shown,)] = _ask(run, question, (run.as_of, account))
    if shown != seats:
        raise RuntimeError(f"{account} has {shown} seats in serving, not {seats}")
    return costs


def _contract(run: Run, number: int) -> tuple[str, int, dict[str, Any]]:
    """An account of one contract, the seats that it will have, and the contract's next version."""
    columns = ", ".join(column.name for column in BY_NAME["subscriptions"].columns)
    [(account, newest)] = _ask(
        run,
        f"""select d.account_id, to_jsonb(s)
        from serving.account_day as d
        cross join lateral (
            select distinct on (subscription_id) {columns} from raw_billing.subscriptions
            where account_id = d.account_id order by subscription_id, recorded_at desc
        ) as s
        where d.as_of_date = %s and s.status = 'active' and s.seats = d.seats
        order by d.account_id offset %s limit 1""",
        (run.as_of - timedelta(days=1), number),
    )
    seats = newest["seats"] + 10
    at = datetime.combine(run.as_of, datetime.min.time()) + timedelta(hours=12, minutes=number)
    return account, seats, {**newest, "seats": seats, "recorded_at": f"{at.isoformat()}Z"}


def _ask(run: Run, question: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn("owner", run.database)) as owner:
        return owner.execute(question.encode(), parameters).fetchall()


def _print(costs: list[dict[str, float]]) -> None:
    print(f"load of the machine in the last five minutes: {os.getloadavg()[1]:.1f}")
    print("| step | first of the day | median of the others |\n|---|---|---|")
    for step in (*costs[0], "all"):
        each = [sum(one.values()) if step == "all" else one[step] for one in costs]
        print(f"| {step} | {each[0]:.2f} s | {statistics.median(each[1:]):.2f} s |")


if __name__ == "__main__":
    main()
