"""What a day's run came to, in lines that an operator reads."""

from typing import Any

import psycopg

from config.run import Run
from copilot.reconcile.text import verdict
from copilot.warehouse.connect import connect
from copilot.warehouse.recon_daily import of_run


def summary(run: Run, states: dict[str, str], counts: dict[str, dict[str, Any]]) -> list[str]:
    """Accounts scored, alerts opened and closed, digests sent, silent and held, verdicts; first what went wrong."""
    lines = [f"{dag_id}: {state}" for dag_id, state in states.items() if state != "success"]
    landed = [counts.get(dag_id, {}) for dag_id in states if dag_id.startswith("ingest_")]
    rows = {name: sum(int(count.get(name, 0)) for count in landed) for name in ("received", "landed", "rejected")}
    known = sum(int(count.get("skipped", 0)) for count in landed)
    lines.append(
        f"rows: {rows['received']:,} received, {rows['landed']:,} landed, {rows['rejected']:,} quarantined;"
        f" {known} files were known already"
    )
    lines += _told(run)
    lines += [f"{title}: {_listed(counts[task_id], names)}" for title, task_id, names in _PARTS if counts.get(task_id)]
    return lines + _reconciled(run)


_PARTS = (
    ("model", "model_is_known", ("status", "model_version", "why")),
    ("scores", "accounts_are_scored", ("mode", "scored", "abstained")),
    ("alerts", "alerts_are_decided", ("raised", "resolved", "open")),
    ("published", "day_is_published", ("run_id", "verdict", "accounts")),
    ("digests", "digests_are_composed", ("mail", "silent", "held")),
    ("mail", "digests_are_sent", ("sent", "dead", "due")),
)


def _listed(counts: dict[str, Any], names: tuple[str, ...]) -> str:
    """Numbers with what they count, words as they are."""
    found = [(name, counts[name]) for name in names if name in counts]
    return ", ".join(f"{value:,} {name}" if isinstance(value, int) else str(value) for name, value in found)


def _told(run: Run) -> list[str]:
    """The verdicts of both gates with their reasons, and the error of every room whose last try failed."""
    try:
        with connect("gate", run.database) as gate:
            verdicts = gate.execute(
                "select gate, verdict, reasons from ops.gate_verdict where as_of_date = %s order by gate desc",
                (run.as_of,),
            ).fetchall()
            rooms = gate.execute(
                """select distinct on (room) room, outcome, error from ops.run_log
                where as_of_date = %s order by room, run_log_id desc""",
                (run.as_of,),
            ).fetchall()
    except psycopg.Error as error:
        return [f"verdicts could not be read: {error}"]
    lines = [f"gate {gate}: {verdict}" + _bullets(reasons) for gate, verdict, reasons in verdicts]
    return lines + [f"{room} failed: {error}" for room, outcome, error in rooms if outcome == "failed"]


def _reconciled(run: Run) -> list[str]:
    """Whether sources, raw and marts agree; nothing of a day for which nobody was asked."""
    try:
        with connect("gate", run.database) as gate:
            found = of_run(gate, run.as_of)
    except psycopg.Error as error:
        return [f"reconciliation could not be read: {error}"]
    return [f"reconciled: {verdict(found)}"] if found else []


def _bullets(reasons: Any) -> str:
    return "".join(f"\n         - {reason}" for reason in reasons) if isinstance(reasons, list) else ""
