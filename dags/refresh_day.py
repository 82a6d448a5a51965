"""Bring the day in progress up to what was pushed: land the events, build and publish the day again, send no mail.

Rooms 3-9. Started by the door for pushed events, or every so often (`refresh` in config/schedule.yml). One run at a
time; what comes meanwhile is taken by the next one. Safe to clear and run again. The day is shown as far as it is known
and the night's run closes it. When it fails: what was published before stays; docs/runbook.md#refresh-day.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from plugins.rooms import TASK_DEFAULTS, in_room, order_of
from plugins.schedule import refreshes


@dag(
    dag_id="refresh_day",
    doc_md=__doc__,
    schedule=refreshes(),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args=TASK_DEFAULTS,
    tags=["tier-2", "ingest", "health"],
)
def refresh_day() -> None:
    @task
    def pushed_is_landed(dag_run: Any) -> dict[str, Any]:
        from plugins.refresh import land_pushed

        return in_room("landing pushed", "loader", land_pushed, order_of(dag_run).run)

    @task
    def day_is_up_to_date(landed: dict[str, Any], dag_run: Any) -> dict[str, Any]:
        from plugins.refresh import refresh

        if not landed["landed"]:
            return {"why": "nothing new was pushed"}
        return refresh(order_of(dag_run).run)

    day_is_up_to_date(pushed_is_landed())


refresh_day()
