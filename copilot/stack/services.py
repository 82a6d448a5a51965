"""What the local stack consists of: the state file with its ports, the database server, and each process's command."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import ROOT, stack_state, var_dir
from copilot.sources.webhooks.hooks import VARIABLE as HOOK_SOURCES
from copilot.stack import airflow, vendors
from copilot.stack.postgres import Server, free_port

# Preferred ports, so that a bookmark keeps working; any free one is taken when another program has it.
PREFERRED_PORTS = {"postgres": 25432, "smtp": 25025, "airflow": 28080, "superset": 28088, "vendors": 28070}


@dataclass(frozen=True)
class Service:
    """One process: its command, its whole environment, and the directory it starts in."""

    name: str
    command: list[str]
    environment: dict[str, str]
    directory: Path


def choose_ports() -> dict[str, dict[str, Any]]:
    """Where each service will listen: the ports of last time, else the preferred ones, else free ones. Written down."""
    path = var_dir() / "stack.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    state: dict[str, dict[str, Any]] = {}
    for name, preferred in PREFERRED_PORTS.items():
        port = free_port(before.get(name, {}).get("port", preferred))
        state[name] = {"host": "127.0.0.1", "port": port, "url": f"http://127.0.0.1:{port}"}
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(state, indent=2), encoding="utf-8")
    partial.replace(path)
    return state


def postgres_server() -> Server:
    """The local stack's database server."""
    return Server(var_dir(), stack_state()["postgres"]["port"])


def services() -> list[Service]:
    """Every process but the database, as the state file has their ports."""
    state = stack_state()
    airflow_environment = {**inherited(), **airflow.environment(state["postgres"], state["airflow"]["port"])}
    airflow_environment |= vendors.connections(state["vendors"]["url"])
    own = {**inherited(), "COPILOT_VAR": str(var_dir()), "PYTHONPATH": str(ROOT)}
    mail = [sys.executable, "-m", "copilot.stack.mail_sink", "--port", str(state["smtp"]["port"])]
    mail += ["--directory", str(var_dir() / "mail")]
    served = [sys.executable, "-m", "copilot.sandbox.vendors.serve", "--port", str(state["vendors"]["port"])]
    return [
        Service("mail-sink", mail, own, ROOT),
        Service("vendors", served, own, ROOT),
        *(
            Service(name, [sys.executable, "-m", "airflow", *arguments], airflow_environment, ROOT)
            for name, arguments in airflow.COMPONENTS.items()
        ),
        Service("superset", [sys.executable, "-m", "copilot.stack.boards"], own, ROOT),
    ]


def inherited() -> dict[str, str]:
    """Of this process's environment, what a service needs: no stray setting decides how the stack runs."""
    wanted = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "COPILOT_KILL_AT", HOOK_SOURCES)
    return {name: os.environ[name] for name in wanted if name in os.environ}
