"""Keeps the local stack's processes running: starts them, restarts what exits, ends them and all their children.

A three-second outage of the database ends three of Airflow's processes, so a restarting supervisor is no luxury.
It runs detached as `python -m copilot.stack.supervisor` and ends on SIGTERM; `var/run/services.json` says what runs.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from config.settings import ROOT, secret, var_dir
from copilot.stack.postgres import PostgresError, Server
from copilot.stack.services import Service, postgres_server, services

TICK_SECONDS = 0.5
# A process that dies at once is started again after 1, 2, 4 … seconds, never later than this.
LONGEST_PAUSE_SECONDS = 30.0
# Having lived this long, a process has earned a fresh start.
SETTLED_SECONDS = 60.0
GRACE_SECONDS = 12.0


def services_file() -> Path:
    """What runs: name -> pid, start of the process (to recognise it), restarts."""
    return var_dir() / "run" / "services.json"


@dataclass
class Child:
    """One supervised process."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    pause: float = 1.0
    started: float = 0.0
    due: float = field(default=0.0)

    def start(self) -> None:
        """Start the process in a session of its own, its output appended to its log."""
        log_path = var_dir() / "log" / f"{self.service.name}.log"
        with log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.service.command,
                env=self.service.environment,
                cwd=self.service.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def tend(self) -> str | None:
        """Start the process when it is not running and its pause is over; returns a line for the log when it did."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is None:
            return None
        if self.process is not None and self.due == 0.0:
            self.pause = 1.0 if now - self.started > SETTLED_SECONDS else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
            self.due = now + self.pause
            end_group(self.process.pid)
            return f"{self.service.name} ended with code {self.process.returncode}; again in {self.pause:.0f} s"
        if now < self.due:
            return None
        self.restarts += self.process is not None
        self.due = 0.0
        self.start()
        return f"{self.service.name} started (pid {self.process.pid})" if self.process else None


def end_group(pid: int) -> None:
    """Kill what is left of a process group; nothing happens when it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class Supervisor:
    """The loop over all children and the database server."""

    def __init__(self, postgres: Server, wanted: list[Service]) -> None:
        self.postgres = postgres
        self.children = [Child(service) for service in wanted]
        self.stopping = threading.Event()

    def run(self) -> None:
        """Tend everything until told to stop, then end everything."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        try:
            while not self.stopping.is_set():
                self._tend_all()
                self.stopping.wait(TICK_SECONDS)
        finally:
            self._end_all()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _tend_all(self) -> None:
        if not _postmaster_lives(self.postgres):
            say("postgres is not running; starting it")
            try:
                self.postgres.start(secret("pg_admin"))
            except PostgresError as error:
                say(f"postgres did not start: {error}")
        changes = [line for child in self.children if (line := child.tend())]
        if changes:
            for line in changes:
                say(line)
            self._write_state()

    def _write_state(self) -> None:
        running = {
            child.service.name: {
                "pid": child.process.pid,
                "created": psutil.Process(child.process.pid).create_time(),
                "restarts": child.restarts,
            }
            for child in self.children
            if child.process is not None and psutil.pid_exists(child.process.pid)
        }
        path = services_file()
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(running), encoding="utf-8")
        partial.replace(path)

    def _end_all(self) -> None:
        alive = [child.process for child in self.children if child.process is not None]
        for process in alive:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                say(f"pid {process.pid} did not end in {GRACE_SECONDS:.0f} s; killed")
            end_group(process.pid)
        self.postgres.stop()
        services_file().unlink(missing_ok=True)
        say("stopped")


def _postmaster_lives(server: Server) -> bool:
    """Whether the server runs. Started by this supervisor and dead, it is reaped: a zombie would pass for alive."""
    try:
        pid = int((server.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return False
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return psutil.pid_exists(pid)


def say(line: str) -> None:
    """One line of the supervisor's log."""
    sys.stdout.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
    sys.stdout.flush()


def spawn() -> int:
    """Start the supervisor as a process of its own; returns its pid."""
    (var_dir() / "run").mkdir(parents=True, exist_ok=True)
    with (var_dir() / "log" / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "copilot.stack.supervisor"],
            cwd=ROOT,
            env={**os.environ, "COPILOT_VAR": str(var_dir())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return process.pid


if __name__ == "__main__":
    Supervisor(postgres_server(), services()).run()
