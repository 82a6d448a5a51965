"""The one shape that the four ingest DAGs share; each says only its role."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, TriggerRule, dag, task

from config.run import Run
from plugins.rooms import TASK_DEFAULTS, in_room, order_of
from plugins.schedule import RAW, nightly


def ingest_dag(role: str, doc: str | None) -> DAG:
    """The DAG `ingest_<role>`: list the role's sources, land each, offer the day."""

    @dag(
        dag_id=f"ingest_{role}",
        doc_md=doc,
        schedule=nightly(),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=4),
        default_args=TASK_DEFAULTS,
        tags=["tier-1", "ingest", role],
    )
    def ingest() -> None:
        @task
        def sources_are_known(dag_run: Any) -> list[str]:
            from copilot.sources.ingest import sources_for

            return sources_for(role, order_of(dag_run).run)

        @task(map_index_template="{{ source }}", max_active_tis_per_dagrun=2)
        def source_is_landed(source: str, dag_run: Any) -> dict[str, Any]:
            from airflow.sdk import get_current_context

            from copilot.sources.ingest import ingest as land
            from plugins.connections import from_airflow

            def landed(run: Run) -> dict[str, Any]:
                return land(source, role, run, from_airflow)

            get_current_context()["source"] = source
            return in_room(f"landing {source}", "loader", landed, order_of(dag_run).run)

        # Offered even when a source failed for good: such a day is built DEGRADED, never skipped in silence.
        @task(outlets=[RAW[role]], trigger_rule=TriggerRule.ALL_DONE)
        def day_is_offered(dag_run: Any, outlet_events: Any) -> None:
            outlet_events[RAW[role]].extra = order_of(dag_run).as_extra()

        # A leaf that fails with its sources: otherwise the run would look green.
        @task(trigger_rule=TriggerRule.NONE_FAILED)
        def every_source_is_landed() -> None:
            return None

        landed = source_is_landed.expand(source=sources_are_known())
        landed >> [day_is_offered(), every_source_is_landed()]

    return ingest()
