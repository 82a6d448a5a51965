"""Ask every source what it has of the day and of some days before, and compare rows and money with raw and marts.

Starts when a day is published; nothing waits for it, and it changes nothing but ops.recon_daily. A vendor that does not
answer gives a line that says so. Runs of a backfill ask nobody: a source tells of now, and the newest day's run asks.
When it fails: docs/runbook.md#reconcile-sources. Safe to clear and run again.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from plugins.rooms import TASK_DEFAULTS, in_room, order_of
from plugins.schedule import DAY_PUBLISHED


@dag(
    dag_id="reconcile_sources",
    doc_md=__doc__,
    schedule=DAY_PUBLISHED,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=TASK_DEFAULTS,
    tags=["tier-2", "reconciliation"],
)
def reconcile_sources() -> None:
    @task
    def sources_are_reconciled(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from copilot.reconcile.room import reconcile
        from plugins.connections import from_airflow

        order = order_of(dag_run, triggering_asset_events)
        if not order.sends_mail:
            return {"compared": 0, "off": 0, "why": "runs of a backfill ask nobody"}
        return in_room("reconcile", "gate", lambda run: reconcile(run, from_airflow), order.run)

    sources_are_reconciled()


reconcile_sources()
