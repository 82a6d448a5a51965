"""What `down` recognises as its own."""

import json
import os
import secrets
from pathlib import Path

import psutil
import pytest

from copilot.stack import postgres
from copilot.stack.launch import StackError, down, orphans, up
from copilot.stack.postgres import TEST_SETTINGS, Server, free_port
from copilot.stack.supervisor import services_file


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    (tmp_path / "run").mkdir()
    return tmp_path


@pytest.mark.parametrize(("seconds", "known"), [(0, True), (1, True), (-1, True), (60, False)])
def test_a_process_is_known_by_its_start_also_after_the_clock_was_set_right(
    var: Path, seconds: int, known: bool
) -> None:
    created = psutil.Process().create_time() + seconds
    services_file().write_text(json.dumps({"one": {"pid": os.getpid(), "created": created, "restarts": 0}}))
    assert var.is_dir()
    assert orphans() == ([os.getpid()] if known else [])


def test_down_stops_the_database_of_a_var_directory_that_lost_its_state_file(var: Path) -> None:
    server = Server(var, free_port(), TEST_SETTINGS)
    try:
        server.start(secrets.token_urlsafe(12))
        assert server.is_running()
        down(lambda _: None)
        assert not server.is_running()
    finally:
        server.destroy()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a user for the database")
def test_a_database_user_that_cannot_be_made_is_a_sentence_and_leaves_nothing_running(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "OS_USER", "nobody-of-this-name")
    monkeypatch.setenv("PATH", str(var))
    with pytest.raises(StackError, match="create the system user nobody-of-this-name, or start as a user who is not"):
        up(lambda _: None)
    assert not Server(var, 0).place.exists()
