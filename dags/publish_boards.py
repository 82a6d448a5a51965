"""Deploy the boards from the repository into Superset and query every chart once.

By hand (`copilot up` does it too), after a change under superset/assets. Safe to repeat: an unchanged board is left
alone. When it fails: the last log line names the file, chart or dataset; docs/runbook.md#publish-boards.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import PartitionedAtRuntime, dag, task

from plugins.rooms import TASK_DEFAULTS


@dag(
    dag_id="publish_boards",
    doc_md=__doc__,
    schedule=PartitionedAtRuntime(),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args=TASK_DEFAULTS,
    tags=["tier-2", "boards"],
)
def publish_boards() -> None:
    @task
    def boards_are_deployed() -> dict[str, Any]:
        from copilot.stack.boards import deploy

        return deploy()

    @task
    def every_chart_answers() -> dict[str, Any]:
        from copilot.stack.boards import check

        return check()

    boards_are_deployed() >> every_chart_answers()


publish_boards()
