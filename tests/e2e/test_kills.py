"""Killing any task, or the database, in the middle and going on changes no published row."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from config.kill_point import POINTS
from config.run import Run
from copilot.stack.airflow_api import AirflowApi
from copilot.stack.day_run import DayRun
from copilot.stack.services import postgres_server
from copilot.warehouse.publish import table_hashes
from tests.stack import ask, copilot

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def undisturbed(sources_for: Any, spec: Any) -> dict[str, str]:
    """The hash of every published table after one quiet day."""
    done = copilot("run", "--as-of", spec.end, "--sources", sources_for("undisturbed"))
    assert done.returncode == 0, done.stdout + done.stderr
    hashes = table_hashes("undisturbed")
    assert len(hashes) >= 8
    return hashes


def test_a_day_whose_every_room_was_killed_once_publishes_the_rows_of_a_quiet_day(
    undisturbed: dict[str, str], stack: Path, sources_for: Any, spec: Any
) -> None:
    armed = stack / "kill"
    for point in POINTS:
        (armed / point).touch()
    done = copilot("run", "--as-of", spec.end, "--sources", sources_for("killed"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(armed.iterdir()) == [], "a point that was never reached was never killed"
    assert done.stdout.count("up_for_retry") >= 1
    assert table_hashes("killed") == undisturbed
    assert ask("killed", "select state, count(*) from ops.digest_outbox group by 1") == ask(
        "undisturbed", "select state, count(*) from ops.digest_outbox group by 1"
    )


class _Crash(DayRun):
    """A day's run during which the database crashes once, as soon as a task has run."""

    crashed = threading.Event()

    def _say_changes(self, run: Any, seen: dict[str, str], tasks: dict[str, str]) -> None:
        if tasks.get("intermediate_is_built") == "running" and not self.crashed.is_set():
            self.crashed.set()
            # SIGQUIT to the postmaster is what `pg_ctl -m immediate` sends; pg_ctl would wait for the server that the
            # supervisor may have started again by then.
            pid = (postgres_server().data / "postmaster.pid").read_text().split("\n", 1)[0]
            os.kill(int(pid), signal.SIGQUIT)
        super()._say_changes(run, seen, tasks)


def test_a_database_crash_in_the_middle_of_dbt_changes_no_published_row(
    undisturbed: dict[str, str], stack: Path, sources_for: Any, spec: Any
) -> None:
    lines: list[str] = []
    day_run = _Crash(AirflowApi(), lines.append)
    result = day_run.run(Run(spec.end, sources_for("crashed")), sends_mail=False)
    assert day_run.crashed.is_set()
    assert "immediate shutdown" in (stack / "log" / "postgres.log").read_text()
    assert result.exit_code == 0, lines
    assert table_hashes("crashed") == undisturbed
