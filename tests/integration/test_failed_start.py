"""A start that fails leaves nothing running."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from config.settings import ROOT
from copilot.stack.postgres import Server


def _processes_of(var: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        try:
            environment = process.environ()
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
        if environment.get("COPILOT_VAR") == str(var) or str(var) in " ".join(process.info["cmdline"] or []):
            found.append(" ".join(process.info["cmdline"] or []))
    return found


def test_a_start_that_fails_halfway_stops_what_it_started_and_says_why(tmp_path: Path) -> None:
    # Airflow's metadata cannot be migrated, because where its log should be there is a directory.
    (tmp_path / "log" / "airflow-migrate.log").mkdir(parents=True)
    started = subprocess.run(
        [sys.executable, "-m", "copilot", "up"],
        cwd=ROOT,
        env={**os.environ, "COPILOT_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    server = Server(tmp_path, 0)
    try:
        assert started.returncode != 0
        assert "airflow-migrate.log" in started.stderr
        assert "starting PostgreSQL" in started.stdout
        assert not server.is_running()
        assert _processes_of(tmp_path) == []
    finally:
        server.destroy()
