"""Train the churn model on everything that was known by the day, judge it on later months, admit or refuse it.

Weekly, or by hand (`copilot train`). Training twice on the same data gives the same model. A model is used from its day
on; days before it keep the model they had. When it fails or refuses: docs/runbook.md#train-models.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from plugins.rooms import TASK_DEFAULTS, in_room, order_of
from plugins.schedule import weekly_training


@dag(
    dag_id="train_models",
    doc_md=__doc__,
    schedule=weekly_training(),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=TASK_DEFAULTS,
    tags=["tier-2", "churn", "model"],
)
def train_models() -> None:
    @task
    def candidate_is_judged(dag_run: Any) -> dict[str, Any]:
        from ml.train import train

        return in_room("train", "scorer", train, order_of(dag_run).run)

    candidate_is_judged()


train_models()
