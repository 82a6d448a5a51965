"""Room 9: make one day visible, whole or not at all. The only writer of `serving`.

The day's rows are first made in temporary tables and hashed. Only when they differ from what is published does one
transaction replace the day; its revision counts those replacements, so `run_id` depends on what was published, never on
when or how often.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString, cast

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from config.kill_point import kill_point
from config.risk import load_risk_policy, standings
from config.run import Run
from copilot.decide.alert import EVENTS_BY_WEIGHT
from copilot.warehouse.connect import Connection, connect, hold_lock
from copilot.warehouse.publish_accounts import fill_accounts
from copilot.warehouse.publish_tables import AFTER_ACCOUNTS, BEFORE_ACCOUNTS
from copilot.warehouse.published import PARENT, candidate_hash, keys, table_hashes

__all__ = ["NotPublishable", "publish", "table_hashes"]

GATES = ("raw", "marts")


class NotPublishable(RuntimeError):  # noqa: N818 - the DAGs name it
    """A gate holds the day back, or has not spoken; what was published before stays."""


@dataclass(frozen=True)
class Verdict:
    """Both gates' word in one: PASS or DEGRADED, and why, each reason led by its gate."""

    word: str
    reasons: tuple[str, ...]


def publish(run: Run) -> dict[str, Any]:
    """Publish the run's day when both gates allow it and its content is new.

    Returns accounts (customers), changed, run_id, verdict. Raises NotPublishable naming the gate and its reasons.
    """
    with connect("publisher", run.database) as publisher:
        hold_lock(publisher, "copilot:publish")
        verdict = _verdict(publisher, run.as_of)
        tables = keys(publisher)
        _make_candidate(publisher, tuple(tables), run.as_of, verdict)
        content = candidate_hash(publisher, tables)
        before = publisher.execute(
            "select run_id, revision, content_sha256 from serving.published_day where as_of_date = %s", (run.as_of,)
        ).fetchone()
        run_id, changed = _unchanged(before, content), False
        if run_id is None:
            run_id, changed = _replace(publisher, run.as_of, tuple(tables), _revision_after(before), content), True
        accounts = publisher.execute("select n_accounts from pg_temp.published_day").fetchone()
        return {
            "accounts": accounts[0] if accounts else 0,
            "changed": changed,
            "run_id": run_id,
            "verdict": verdict.word,
        }


def _verdict(publisher: Connection, day: date) -> Verdict:
    found = {
        row[0]: (str(row[1]), cast(list[object], row[2]))
        for row in publisher.execute(
            "select gate, verdict, reasons from ops.gate_verdict where as_of_date = %s", (day,)
        )
    }
    for gate in GATES:
        verdict, reasons = found.get(gate, ("missing", ["the gate has not judged this day"]))
        if verdict not in ("PASS", "DEGRADED"):
            why = "; ".join(map(str, reasons))
            raise NotPublishable(f"{day} is not published: gate {gate} says {verdict}: {why}")
    words = tuple(f"{gate}: {reason}" for gate in GATES for reason in found[gate][1])
    is_degraded = any(found[gate][0] == "DEGRADED" for gate in GATES)
    return Verdict("DEGRADED" if is_degraded else "PASS", words)


def _make_candidate(publisher: Connection, tables: tuple[str, ...], day: date, verdict: Verdict) -> None:
    # Statistics never know the newest day: the planner expects one row of it and would loop over thousands.
    publisher.execute("set local enable_nestloop = off")
    for table in tables:
        create = sql.SQL("create temporary table {} (like {}) on commit drop")
        publisher.execute(create.format(sql.Identifier(table), sql.Identifier("serving", table)))
    parameters = {"as_of": day, "events": list(EVENTS_BY_WEIGHT), **standings(load_risk_policy())}
    for statement in BEFORE_ACCOUNTS:
        publisher.execute(statement, parameters)
    fill_accounts(publisher, day)
    for statement in AFTER_ACCOUNTS:
        publisher.execute(statement, parameters)
    _describe_day(publisher, day, verdict)


def _describe_day(publisher: Connection, day: date, verdict: Verdict) -> None:
    with publisher.cursor(row_factory=dict_row) as cursor:
        scored = cursor.execute(
            "select mode, model_version, why from ml.scored_day where as_of_date = %s", (day,)
        ).fetchone() or {"mode": "rules_only", "model_version": None, "why": "no account was scored on this day"}
    statement: LiteralString = """
        insert into pg_temp.published_day
        select %(as_of)s, '', 0, %(verdict)s, %(reasons)s, %(mode)s, %(model_version)s, %(why)s,
            (select count(*) from pg_temp.account_day where lifecycle <> 'churned'),
            (select count(*) filter (where is_fresh) from source), (select count(*) from source), ''
    """
    # A table that is legitimately empty does not make its source stale; one that is missing or shrank does.
    fresh: LiteralString = """
        with source as (
            select source, bool_and(state in ('ok', 'empty')) and bool_or(state = 'ok') as is_fresh
            from pg_temp.source_day group by source
        )"""
    given = {**scored, "as_of": day, "verdict": verdict.word, "reasons": Jsonb(list(verdict.reasons))}
    publisher.execute(statement.replace("insert into", fresh + " insert into", 1), given)


def _unchanged(before: tuple[object, ...] | None, content: str) -> str | None:
    return str(before[0]) if before is not None and before[2] == content else None


def _revision_after(before: tuple[object, ...] | None) -> int:
    return 1 if before is None else cast(int, before[1]) + 1


def _replace(publisher: Connection, day: date, tables: tuple[str, ...], revision: int, content: str) -> str:
    """Swap the day for its candidate. Readers see the old rows until the commit, then the new ones."""
    run_id = f"{day.isoformat()}.{revision}"
    publisher.execute("delete from serving.published_day where as_of_date = %s", (day,))
    kill_point("publish.after_delete")
    publisher.execute(
        "update pg_temp.published_day set run_id = %s, revision = %s, content_sha256 = %s", (run_id, revision, content)
    )
    publisher.execute("update pg_temp.account_day set run_id = %s", (run_id,))
    for table in (PARENT, *(name for name in tables if name != PARENT)):
        insert = sql.SQL("insert into {} select * from {}")
        publisher.execute(insert.format(sql.Identifier("serving", table), sql.Identifier("pg_temp", table)))
    kill_point("publish.before_commit")
    return run_id
