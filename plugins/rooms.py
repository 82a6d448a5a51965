"""How a task enters a room: which day it is told, what is retried, and what is written down about it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from config.run import DEFAULT_SOURCES, Run
from config.settings import ConfigError, Role

# What another try cannot mend: a setting, a verdict, a refusal. Everything else (a database restart, a killed worker, a
# mail server that is down) is tried again.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[
                "config.settings.ConfigError",
                "expectations.gate.Held",
                "copilot.warehouse.transform.DataTestFailed",
                "copilot.warehouse.publish.NotPublishable",
                "copilot.decide.day.NotDecidable",
                "copilot.write_back.crm.NotWritten",
            ],
            action=RetryAction.FAIL,
            reason="the data or a setting has to change first",
        )
    ]
)
TASK_DEFAULTS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "execution_timeout": timedelta(hours=1),
    "retry_policy": RETRY_POLICY,
}


@dataclass(frozen=True)
class Order:
    """What a run was asked to do. Orders travel from DAG to DAG in the events of the assets."""

    run: Run
    sends_mail: bool
    request: str

    def as_extra(self) -> dict[str, Any]:
        """The order as the `extra` of an asset event."""
        return {"sources": str(self.run.sources), "mail": self.sends_mail, "request": self.request}


def order_of(dag_run: Any, triggering_asset_events: Mapping[Any, Iterable[Any]] | None = None) -> Order:
    """The order of this run: from its own conf when a person triggered it, else from the events that did."""
    told: dict[str, Any] = dict(dag_run.conf or {})
    if not told:
        events = [event for events in (triggering_asset_events or {}).values() for event in events]
        newest = max(events, key=lambda event: event.timestamp, default=None)
        told = dict(newest.extra or {}) if newest is not None else {}
    if not dag_run.partition_key:
        raise ConfigError("this run has no partition key: trigger it with the business day, for example 2026-11-17")
    run = Run(date.fromisoformat(dag_run.partition_key), Path(told.get("sources", DEFAULT_SOURCES)))
    return Order(run, bool(told.get("mail", True)), str(told.get("request", "")))


def in_room(room: str, role: Role, work: Callable[[Run], dict[str, Any]], run: Run) -> dict[str, Any]:
    """Do one room's work for the day; how long it took, how much memory and the counts go to ops.run_log."""
    from copilot.warehouse.run_log import logged

    return logged(room, role, work, run)
