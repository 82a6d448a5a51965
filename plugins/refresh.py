"""The day in progress, brought up to what was pushed: the rooms of the night in one go, without training and mail.

Nothing is built otherwise than at night, so the night's run of the day changes only what it learns besides.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from config.run import Run
from plugins.rooms import in_room

REFRESH_DAG = "refresh_day"


def land_pushed(run: Run) -> dict[str, Any]:
    """Land what waits of every source that takes events. One that cannot be landed is named under `problems`."""
    from copilot.sources.config import load_sources
    from copilot.sources.ingest import ingest_pushed
    from plugins.connections import from_airflow

    names = [source.name for source in load_sources(run.sources).sources if source.webhook is not None]
    landed = [ingest_pushed(name, run, from_airflow) for name in names]
    counts = {count: sum(one[count] for one in landed) for count in ("received", "landed", "unchanged", "rejected")}
    return {**counts, "problems": [problem for one in landed for problem in one["problems"]]}


def why_not(run: Run, today: date, eve_is_published: bool) -> str:
    """Why the day is not refreshed; empty when it is."""
    if run.as_of != today:
        return f"{run.as_of} is not in progress: its night closes it"
    if not eve_is_published:
        return f"{run.as_of - timedelta(days=1)} is not published yet: alerts are decided day after day"
    return ""


def refresh(run: Run) -> dict[str, Any]:
    """Every room from gate 1 to publish for the day; returns what was published, or why nothing was done.

    Raises what the rooms raise: a gate that says HOLD leaves what is published as it is.
    """
    from copilot import clock
    from copilot.decide.day import decide
    from copilot.warehouse.publish import publish
    from copilot.warehouse.published import is_published
    from copilot.warehouse.transform import build_anew
    from expectations.gate import check_marts, check_raw
    from ml.score import score

    eve = run.as_of - timedelta(days=1)
    if why := why_not(run, clock.now().date(), is_published(run.database, eve)):
        return {"why": why}
    in_room("gate 1", "gate", check_raw, run)
    in_room("dbt", "transformer", build_anew, run)
    in_room("gate 2", "gate", check_marts, run)
    in_room("score", "scorer", score, run)
    in_room("decide", "decider", decide, run)
    return in_room("publish", "publisher", publish, run)


def order_refresh(sources: Path, day: date) -> bool:
    """Start a refresh of the day, unless one is queued that will see all that has come by now; whether it was started.

    Runs inside Airflow's API server, with the rights that it has anyway.
    """
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import select

    conf = {"sources": str(sources), "mail": False}
    queued = select(DagRun).where(
        DagRun.dag_id == REFRESH_DAG, DagRun.state == DagRunState.QUEUED, DagRun.partition_key == day.isoformat()
    )
    with create_session() as session:
        if any((run.conf or {}).get("sources") == conf["sources"] for run in session.scalars(queued)):
            return False
        trigger_dag(
            REFRESH_DAG,
            triggered_by=DagRunTriggeredByType.REST_API,
            conf=conf,
            partition_key=day.isoformat(),
            session=session,
        )
    return True
