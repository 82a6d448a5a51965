"""One day through Airflow: order the ingests, follow the runs that their assets start, sum up what happened."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.run import Run
from copilot.sources.config import load_sources, paths_of
from copilot.sources.variables import remember
from copilot.stack.airflow_api import FINISHED, AirflowApi, AirflowError, DagRun
from copilot.stack.launch import prepare_warehouse

INGESTS = ("ingest_crm", "ingest_billing", "ingest_usage", "ingest_support")
# Beside the day: it is published and mailed whatever this comes to.
RECONCILE = "reconcile_sources"
POLL_SECONDS = 1.0
# The scheduler starts a consumer within a second of the last event; after this long it is started by hand.
ASSET_SECONDS = 20.0
# Airflow's processes may be down for a while when the database restarts; the supervisor brings them back.
OUTAGE_SECONDS = 180.0
Say = Callable[[str], None]


@dataclass
class DayResult:
    """What a day's runs came to: state by DAG, and what the tasks returned."""

    as_of: str
    states: dict[str, str] = field(default_factory=dict)
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 all green; 1 the day was not published or its mail not sent; 2 published although a source failed."""
        needed = [state for dag_id, state in self.states.items() if dag_id not in (*INGESTS, RECONCILE)]
        if not needed or any(state != "success" for state in needed):
            return 1
        return 0 if all(state == "success" for state in self.states.values()) else 2


class DayRun:
    """Runs one day, or one day of many."""

    def __init__(self, api: AirflowApi, say: Say) -> None:
        self.api = api
        self.say = say

    def run(self, run: Run, sends_mail: bool) -> DayResult:
        """Build, publish and (if asked) mail one day; returns when every run has ended."""
        remember(paths_of(load_sources(run.sources)), run.sources)
        prepare_warehouse(run.database)
        day, request = run.as_of.isoformat(), uuid.uuid4().hex
        conf = {"sources": str(Path(run.sources).resolve()), "mail": sends_mail, "request": request}
        result = DayResult(day)
        ingests = [self.api.trigger(dag_id, day, conf) for dag_id in INGESTS]
        for ingest in ingests:
            self._follow(ingest, result)
        health = self._consumer("customer_health", day, conf, events=len(INGESTS))
        self._follow(health, result)
        if result.states["customer_health"] == "success":
            digests = self._consumer("send_digests", day, conf, events=1)
            self._follow(digests, result)
            if sends_mail:
                self._follow(self._consumer(RECONCILE, day, conf, events=1), result)
        return result

    def train(self, run: Run) -> DayResult:
        """Train as of a day."""
        prepare_warehouse(run.database)
        result = DayResult(run.as_of.isoformat())
        conf = {"sources": str(Path(run.sources).resolve()), "mail": False, "request": uuid.uuid4().hex}
        self._follow(self.api.trigger("train_models", result.as_of, conf), result)
        return result

    def _consumer(self, dag_id: str, day: str, conf: dict[str, Any], events: int) -> DagRun:
        """The run that this request's assets started; started here when an older, unfinished set used them up."""
        deadline = time.monotonic() + ASSET_SECONDS
        while time.monotonic() < deadline:
            for run in self.api.newest_runs(dag_id, day):
                if self.api.orders(run).count(conf["request"]) == events:
                    return run
            time.sleep(POLL_SECONDS)
        self.say(f"{dag_id}: no run of this request's assets within {ASSET_SECONDS:.0f} s; starting it")
        return self.api.trigger(dag_id, day, conf)

    def _follow(self, run: DagRun, result: DayResult) -> None:
        """Say each task's end as it comes; remember the run's state and its tasks' counts."""
        seen: dict[str, str] = {}
        last_answer = time.monotonic()
        while True:
            try:
                now, tasks = self.api.get_run(run), self.api.task_states(run)
                self._say_changes(run, seen, tasks)
                self._remember(run, tasks, result, now.state)
                last_answer = time.monotonic()
            except AirflowError as error:
                if time.monotonic() - last_answer > OUTAGE_SECONDS:
                    raise
                self.say(f"{run.dag_id}: {error}; asking again")
                time.sleep(POLL_SECONDS)
                continue
            if now.state in FINISHED:
                return
            time.sleep(POLL_SECONDS)

    def _remember(self, run: DagRun, tasks: dict[str, str], result: DayResult, state: str) -> None:
        """Once a run has ended: its state, and what its tasks returned."""
        if state not in FINISHED:
            return
        result.states[run.dag_id] = state
        if run.dag_id in INGESTS:
            result.counts[run.dag_id] = _sum(self.api.mapped_results(run, "source_is_landed"))
        for name, task_state in tasks.items():
            if task_state == "success" and "[" not in name:
                result.counts[name] = self.api.result(run, name)

    def _say_changes(self, run: DagRun, seen: dict[str, str], tasks: dict[str, str]) -> None:
        for name, state in tasks.items():
            if state in {"success", "failed", "up_for_retry", "upstream_failed"} and seen.get(name) != state:
                counts = self.api.result(run, name) if state == "success" and "[" not in name else {}
                self.say(f"{run.dag_id:<16} {name:<24} {state:<14} {_short(counts)}".rstrip())
            seen[name] = state


def _short(counts: dict[str, Any]) -> str:
    return "  ".join(
        f"{key}={value}" for key, value in counts.items() if isinstance(value, int | float | str) and value != ""
    )


def _sum(results: Any) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for result in results:
        for key, value in result.items():
            if isinstance(value, int | float):
                total[key] = round(total.get(key, 0) + value, 2)
    return total
