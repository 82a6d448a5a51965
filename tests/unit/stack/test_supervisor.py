"""The supervisor's children are real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from copilot.stack.postgres import Server
from copilot.stack.services import Service
from copilot.stack.supervisor import Child, _postmaster_lives, end_group

WAIT_SECONDS = 20.0


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        os.sched_yield()


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Child:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    (tmp_path / "log").mkdir()
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    return Child(Service("sleeper", [sys.executable, "-c", script], dict(os.environ), tmp_path))


def test_a_child_that_ends_is_started_again_after_its_pause(child: Child) -> None:
    assert "started" in str(child.tend())
    assert child.process is not None
    first = child.process.pid
    child.process.kill()
    child.process.wait()
    assert "again in 2 s" in str(child.tend())
    assert child.tend() is None
    child.due = time.monotonic()
    assert "started" in str(child.tend())
    assert child.process.pid != first
    assert child.restarts == 1
    end_group(child.process.pid)
    child.process.wait()


def test_ending_a_group_ends_the_grandchildren_too(child: Child) -> None:
    child.tend()
    assert child.process is not None
    parent = psutil.Process(child.process.pid)
    _until(lambda: len(parent.children()) == 1)
    grandchild = parent.children()[0]
    end_group(child.process.pid)
    child.process.wait()
    _until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)
    assert not parent.is_running() or parent.status() == psutil.STATUS_ZOMBIE


def test_a_database_that_the_supervisor_started_and_that_died_is_not_taken_for_alive(tmp_path: Path) -> None:
    server = Server(tmp_path, 1)
    server.data = tmp_path
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "postmaster.pid").write_text(f"{process.pid}\n")
    assert _postmaster_lives(server)
    os.kill(process.pid, signal.SIGKILL)
    _until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
    assert not _postmaster_lives(server)
    assert not _postmaster_lives(server)
