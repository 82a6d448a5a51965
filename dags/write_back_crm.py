"""Write health, risk and reasons of a published day into the CRM's own fields, as config/write_back.yml maps them.

Opt-in: by hand for a published day (the partition key), and only counts the difference unless the run is told
`apply: true`; or by itself whenever a day is published, if `when_published` says so. Only what differs is sent, so it
may be cleared and run again; a run that was killed is finished by the next. Runs of a backfill write nothing.
When it fails: docs/runbook.md#write-back-crm. What was there before is in the undo file that the log names.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from plugins.rooms import TASK_DEFAULTS, in_room
from plugins.schedule import write_back
from plugins.write_back import told


@dag(
    dag_id="write_back_crm",
    doc_md=__doc__,
    schedule=write_back(),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=TASK_DEFAULTS,
    params={"apply": Param(False, type="boolean", description="Write. Without it the difference is only counted.")},
    tags=["tier-2", "write-back"],
)
def write_back_crm() -> None:
    @task
    def diff_is_known(dag_run: Any, triggering_asset_events: Any, params: Any) -> dict[str, Any]:
        from copilot.write_back.day import differences

        order = told(dag_run, triggering_asset_events, params)
        if order.why_not:
            return {"why": order.why_not}
        return in_room("write-back diff", "writer", lambda _: differences(order.wish), order.run)

    @task
    def fields_are_written(dag_run: Any, triggering_asset_events: Any, params: Any) -> dict[str, Any]:
        from copilot.write_back.day import apply

        order = told(dag_run, triggering_asset_events, params)
        if order.why_not or not order.applies:
            return {"why": order.why_not or "this run was not told to apply"}
        return in_room("write-back", "writer", lambda _: apply(order.wish), order.run)

    diff_is_known() >> fields_are_written()


write_back_crm()
