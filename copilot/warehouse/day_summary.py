"""What a day's run came to, in lines that an operator reads."""

from typing import Any

import psycopg

from config.run import Run
from copilot.warehouse.connect import connect


def summary(run: Run, states: dict[str, str], counts: dict[str, dict[str, Any]]) -> list[str]:
    """Accounts scored, alerts opened and closed, digests sent, silent and held, verdicts; then each DAG's state."""
    lines = [f"{dag_id}: {state}" for dag_id, state in states.items() if state != "success"]
    landed = [counts.get(dag_id, {}) for dag_id in states if dag_id.startswith("ingest_")]
    rows = {name: sum(int(count.get(name, 0)) for count in landed) for name in ("received", "landed", "rejected")}
    lines.append(f"rows: {rows['received']} received, {rows['landed']} landed, {rows['rejected']} quarantined")
    lines += _verdicts(run)
    for title, task_id, names in _PARTS:
        found = counts.get(task_id)
        if found:
            lines.append(f"{title}: " + ", ".join(f"{found[name]} {name}" for name in names if name in found))
    return lines


_PARTS = (
    ("model", "model_is_known", ("status", "model_version", "why")),
    ("scores", "accounts_are_scored", ("scored", "abstained", "mode")),
    ("alerts", "alerts_are_decided", ("raised", "resolved", "open")),
    ("published", "day_is_published", ("accounts", "run_id", "verdict", "changed")),
    ("digests", "digests_are_composed", ("mail", "silent", "held")),
    ("mail", "digests_are_sent", ("sent", "dead", "due")),
)


def _verdicts(run: Run) -> list[str]:
    try:
        with connect("gate", run.database) as gate:
            found = gate.execute(
                "select gate, verdict, reasons from ops.gate_verdict where as_of_date = %s order by gate desc",
                (run.as_of,),
            ).fetchall()
    except psycopg.Error as error:
        return [f"verdicts could not be read: {error}"]
    return [
        f"gate {gate}: {verdict}" + "".join(f"\n         - {why}" for why in _list(why)) for gate, verdict, why in found
    ]


def _list(reasons: Any) -> list[str]:
    return [str(reason) for reason in reasons] if isinstance(reasons, list) else []
