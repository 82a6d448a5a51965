"""The few questions that the commands ask Airflow's REST API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import httpx

from config.settings import secret, stack_state
from copilot.stack.airflow import ADMIN

ASK_SECONDS = 30.0
FINISHED = frozenset({"success", "failed"})


class AirflowError(RuntimeError):
    """Airflow refused or did not answer; the message says what was asked."""


@dataclass(frozen=True)
class DagRun:
    """One run of one DAG."""

    dag_id: str
    run_id: str
    state: str
    partition_key: str | None


class AirflowApi:
    """A signed-in client of the local stack's Airflow."""

    def __init__(self) -> None:
        self.url = stack_state()["airflow"]["url"]
        login = {"username": ADMIN, "password": secret("airflow_admin_password")}
        answer = httpx.post(f"{self.url}/auth/token", json=login, timeout=ASK_SECONDS)
        if answer.status_code != 201:
            raise AirflowError(f"Airflow at {self.url} refused the login: {answer.status_code}")
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        # Airflow answers slowly while it starts tasks on a small machine; a lost answer is asked for again.
        transport = httpx.HTTPTransport(retries=3)
        self.http = httpx.Client(
            base_url=f"{self.url}/api/v2", headers=headers, timeout=ASK_SECONDS, transport=transport
        )

    def trigger(self, dag_id: str, day: str, conf: dict[str, Any]) -> DagRun:
        """Start a run for one business day."""
        body = {"logical_date": None, "partition_key": day, "conf": conf}
        return _run_of(self._ask("POST", f"/dags/{dag_id}/dagRuns", json=body))

    def get_run(self, run: DagRun) -> DagRun:
        """The run as it is now."""
        return _run_of(self._ask("GET", _path(run)))

    def newest_runs(self, dag_id: str, day: str) -> list[DagRun]:
        """The newest runs of a DAG for a business day, newest first."""
        answer = self._ask("GET", f"/dags/{dag_id}/dagRuns", params={"order_by": "-run_after", "limit": 20})
        runs = [_run_of(found) for found in answer["dag_runs"]]
        return [run for run in runs if run.partition_key == day]

    def orders(self, run: DagRun) -> list[str]:
        """The `request` of each asset event that started the run."""
        answer = self._ask("GET", f"{_path(run)}/upstreamAssetEvents")
        return [str((event.get("extra") or {}).get("request", "")) for event in answer["asset_events"]]

    def task_states(self, run: DagRun) -> dict[str, str]:
        """Task (with its map index) -> state, in the order in which they started."""
        answer = self._ask("GET", f"{_path(run)}/taskInstances", params={"limit": 200, "order_by": "start_date"})
        return {_task_name(found): str(found["state"]) for found in answer["task_instances"]}

    def result(self, run: DagRun, task_id: str, map_index: int = -1) -> dict[str, Any]:
        """What a task returned; empty when it returned nothing."""
        path = f"{_path(run)}/taskInstances/{task_id}/xcomEntries/return_value"
        answer = self.http.get(path, params={"map_index": map_index, "deserialize": "true"})
        if answer.status_code == 404:
            return {}
        value = _checked(answer).get("value")
        return cast(dict[str, Any], value) if isinstance(value, dict) else {"value": value}

    def mapped_results(self, run: DagRun, task_id: str) -> Iterator[dict[str, Any]]:
        """What each instance of a mapped task returned."""
        answer = self._ask("GET", f"{_path(run)}/taskInstances", params={"limit": 200})
        for found in answer["task_instances"]:
            if found["task_id"] == task_id and found["map_index"] >= 0:
                yield self.result(run, task_id, found["map_index"])

    def _ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            return _checked(self.http.request(method, path, **arguments))
        except httpx.HTTPError as error:
            raise AirflowError(f"Airflow did not answer {method} {path}: {error}") from error


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code >= 400:
        raise AirflowError(f"Airflow answered {answer.status_code} to {answer.request.url.path}: {answer.text[:300]}")
    return cast(dict[str, Any], answer.json())


def _run_of(found: dict[str, Any]) -> DagRun:
    return DagRun(found["dag_id"], found["dag_run_id"], found["state"], found.get("partition_key"))


def _path(run: DagRun) -> str:
    return f"/dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}"


def _task_name(found: dict[str, Any]) -> str:
    mapped = found["map_index"] >= 0
    return (
        f"{found['task_id']}[{found.get('rendered_map_index') or found['map_index']}]" if mapped else found["task_id"]
    )
