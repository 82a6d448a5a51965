"""No port may be assumed free."""

import json
import socket
from pathlib import Path

import pytest

from copilot.stack.services import PREFERRED_PORTS, choose_ports


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    return tmp_path


def test_a_port_that_another_program_holds_is_not_taken(var: Path) -> None:
    before = choose_ports()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", before["smtp"]["port"]))
        other.listen()
        after = choose_ports()
    assert after["smtp"]["port"] != before["smtp"]["port"]
    assert json.loads((var / "stack.json").read_text()) == after


def test_the_ports_of_last_time_are_kept_and_all_differ(var: Path) -> None:
    before = choose_ports()
    assert choose_ports() == before
    assert len({entry["port"] for entry in before.values()}) == len(PREFERRED_PORTS)
    assert {entry["host"] for entry in before.values()} == {"127.0.0.1"}
    assert (var / "stack.json").exists()
