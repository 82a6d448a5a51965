"""Build one business day for every account and publish it: gates, dbt, churn scores, alerts, serving.

Rooms 4-9. Starts when the four raw assets of the day are in. Every task may be cleared and run again, also twice at
once: the same day gives the same rows. A gate that says HOLD stops the day; what was published before stays, and says
so. When it fails: read the red task's last log line (it names check, model or setting), then
docs/runbook.md#customer-health.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import chain, dag, task

from plugins.rooms import TASK_DEFAULTS, in_room, order_of
from plugins.schedule import PUBLISHED_DAY, RAW_OF_THE_DAY


@dag(
    dag_id="customer_health",
    doc_md=__doc__,
    schedule=RAW_OF_THE_DAY,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=TASK_DEFAULTS,
    tags=["tier-1", "health", "churn"],
)
def customer_health() -> None:
    @task
    def raw_is_trusted(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from expectations.gate import check_raw

        return in_room("gate 1", "gate", check_raw, order_of(dag_run, triggering_asset_events).run)

    @task
    def layer_is_built(layer: str, dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from copilot.warehouse.transform import build

        run = order_of(dag_run, triggering_asset_events).run
        return in_room(f"dbt {layer}", "transformer", lambda day: build(layer, day), run)

    @task
    def marts_are_trusted(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from expectations.gate import check_marts

        return in_room("gate 2", "gate", check_marts, order_of(dag_run, triggering_asset_events).run)

    @task
    def model_is_known(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from ml.train import train_if_never

        return in_room("train", "scorer", train_if_never, order_of(dag_run, triggering_asset_events).run)

    @task
    def accounts_are_scored(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from ml.score import score

        return in_room("score", "scorer", score, order_of(dag_run, triggering_asset_events).run)

    @task
    def alerts_are_decided(dag_run: Any, triggering_asset_events: Any) -> dict[str, Any]:
        from copilot.decide.day import decide

        return in_room("decide", "decider", decide, order_of(dag_run, triggering_asset_events).run)

    @task(outlets=[PUBLISHED_DAY])
    def day_is_published(dag_run: Any, triggering_asset_events: Any, outlet_events: Any) -> dict[str, Any]:
        from copilot.warehouse.publish import publish

        order = order_of(dag_run, triggering_asset_events)
        outlet_events[PUBLISHED_DAY].extra = order.as_extra()
        return in_room("publish", "publisher", publish, order.run)

    chain(
        raw_is_trusted(),
        layer_is_built.override(task_id="staging_is_built")("staging"),
        layer_is_built.override(task_id="intermediate_is_built")("intermediate"),
        layer_is_built.override(task_id="marts_are_built")("marts"),
        marts_are_trusted(),
        model_is_known(),
        accounts_are_scored(),
        alerts_are_decided(),
        day_is_published(),
    )


customer_health()
