"""The marts of the contract, empty, and factories for their rows: what decide and publish read, without dbt."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from psycopg import sql

from config.run import Run
from copilot.decide.relation import ACCOUNT_COLUMNS
from copilot.warehouse.connect import connect, hold_lock

DAY = date(2026, 11, 17)
SECOND_DAY = DAY + timedelta(days=1)

_TYPES = {"number": "numeric", "text": "text", "date": "date", "truth": "boolean"}
_TABLES = """
create table marts.fct_account_days (
    as_of_date date not null, account_id text not null, name text, {columns}, primary key (as_of_date, account_id)
);
create table marts.dim_csm (
    as_of_date date, csm_id text, full_name text, email text, timezone text, send_hour numeric, manager_id text,
    is_active boolean, primary key (as_of_date, csm_id)
);
create table marts.account_health_component_daily (
    as_of_date date, account_id text, profile text, component text, raw_value numeric, normalised numeric,
    weight numeric, points numeric, is_missing boolean, primary key (as_of_date, account_id, profile, component)
);
create table marts.churn_labels (
    as_of_date date, account_id text, horizon_days integer, is_churned boolean, event_on date, is_matured boolean,
    primary key (as_of_date, account_id, horizon_days)
);
grant select on all tables in schema marts to cs_decider, cs_publisher, cs_gate, cs_scorer;
"""


def a_run(day: date = DAY, database: str = "") -> Run:
    """A run of one day in a test's own database."""
    return type("RunHere", (Run,), {"database": database})(day)


def create_marts(database: str) -> None:
    """Create the tables that dbt would, with two CSMs on each of its days."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_TYPES[kind])) for name, kind in ACCOUNT_COLUMNS.items()
    )
    with connect("owner", database) as owner:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                owner.execute(sql.SQL(statement).format(columns=columns))
    named = [{"csm_id": "csm-1", "full_name": "Ana"}, {"csm_id": "csm-2", "full_name": "Bo"}]
    csms = [{"as_of_date": day, **csm} for day in (DAY, SECOND_DAY) for csm in named]
    put(database, "marts.dim_csm", *csms)


def an_account_day(account_id: str = "a1", **changes: Any) -> dict[str, Any]:
    """A healthy customer's day; a test changes what matters."""
    healthy = {
        "as_of_date": DAY,
        "account_id": account_id,
        "name": f"Account {account_id}",
        "segment": "smb",
        "tier": "standard",
        "region": "emea",
        "csm_id": "csm-1",
        "lifecycle": "active",
        "mrr_usd": Decimal(1000),
        "arr_usd": Decimal(12000),
        "days_to_renewal": 200,
        "last_login_days_ago": 1,
        "penalty_v0": Decimal("0.9"),
        "health_profile": "weighted_v1",
        "health_score": Decimal(80),
        "health_band": "healthy",
    }
    return {**healthy, **changes}


def put(database: str, table: str, *given: Mapping[str, Any]) -> None:
    """Insert rows that all have the columns of the first; lists and dicts become JSON."""
    first = given[0]
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, first)),
        sql.SQL(", ").join([sql.Placeholder()] * len(first)),
    )
    values = [[json.dumps(v) if isinstance(v, list | dict) else v for v in map(row.get, first)] for row in given]
    with connect("owner", database) as owner, owner.cursor() as cursor:
        cursor.executemany(statement, values)


def put_account(database: str, account_id: str = "a1", **changes: Any) -> None:
    """Insert one account's day."""
    put(database, "marts.fct_account_days", an_account_day(account_id, **changes))


def put_accounts(database: str, given: Iterable[Mapping[str, Any]]) -> None:
    """Insert many accounts' days at once; each mapping is what `an_account_day` takes."""
    days = [an_account_day(**changes) for changes in given]
    names = dict.fromkeys(name for day in days for name in day)
    put(database, "marts.fct_account_days", *({name: day.get(name) for name in names} for day in days))


def put_score(database: str, account_id: str, probability: float, day: date = DAY, **changes: Any) -> None:
    """Insert one account's 90-day churn score, and the day and model that it needs."""
    version = changes.get("model_version", "m1")
    with connect("owner", database) as owner:
        owner.execute(
            """insert into ml.model (model_version, trained_as_of, algorithm, status, is_admitted, why, n_train,
                n_churned, parameters, gate_report, artifact_sha256)
            values (%s, %s, 'xgboost', 'retired', true, '', 100, 60, '{}', '{}', '{}') on conflict do nothing""",
            (version, DAY - timedelta(days=30)),
        )
        owner.execute(
            "insert into ml.scored_day values (%s, 'model', %s, 'champion', 1, 0) on conflict do nothing",
            (day, version),
        )
    row = {
        "as_of_date": day,
        "account_id": account_id,
        "horizon_days": 90,
        "model_version": version,
        "p_raw": probability,
        "p_calibrated": probability,
        "p_low": max(0.0, probability - 0.1),
        "p_high": min(1.0, probability + 0.1),
        "decile": 1,
        "abstained": False,
    }
    put(database, "ml.churn_score", {**row, **changes})


def put_verdicts(database: str, day: date = DAY, raw: str = "PASS", marts: str = "PASS", why: str = "") -> None:
    """Set both gates' verdicts of a day."""
    with connect("owner", database) as owner:
        owner.execute("delete from ops.gate_verdict where as_of_date = %s", (day,))
    reasons = [why] if why else []
    words = {"raw": raw, "marts": marts}
    verdicts = [{"as_of_date": day, "gate": g, "verdict": word, "reasons": reasons} for g, word in words.items()]
    put(database, "ops.gate_verdict", *verdicts)


def rows(database: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What a query gives the owner."""
    with connect("owner", database) as owner:
        return owner.execute(query, parameters).fetchall()


def race(database: str, lock: str, work: Callable[[Run], dict[str, Any]]) -> list[dict[str, Any]]:
    """What three runs of the same day return that all wait for the lock at once, before the first of them gets it."""
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    deadline = time.monotonic() + 30
    with ThreadPoolExecutor(3) as pool, connect("owner", database) as holder:
        hold_lock(holder, lock)
        racers = [pool.submit(work, a_run(DAY, database)) for _ in range(3)]
        while rows(database, waiting) != [(3,)]:
            assert time.monotonic() < deadline, f"the runs do not wait for {lock}"
        holder.commit()
        return [racer.result() for racer in racers]
