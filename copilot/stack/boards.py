"""The boards of this checkout: deploy them into Superset, query every chart, serve them.

`python -m copilot.stack.boards` is the supervised process: it brings Superset's database and boards up to date, then
becomes the web server.
"""

import os
import subprocess
from typing import Any

from config.settings import DEFAULT_DATABASE, secret, stack_state
from copilot.stack import superset

# Importing Superset and migrating its database takes most of a minute on a small machine.
LONGEST_SECONDS = 600
LINES_SHOWN = 20


class BoardError(RuntimeError):
    """A board could not be deployed or a chart did not answer; the message ends with Superset's own words."""


def environment() -> dict[str, str]:
    """The whole environment of Superset's processes on the local stack."""
    server = stack_state()["postgres"]
    login = f"superset:{secret('pg_superset')}@{server['host']}:{server['port']}"
    metadata_uri = f"postgresql+psycopg2://{login}/superset"
    return superset.environment(metadata_uri, superset.warehouse_uri(DEFAULT_DATABASE))


def deploy() -> dict[str, Any]:
    """Import the boards of this checkout; nothing happens when they are deployed already."""
    return {"lines": _run(superset.deploy_command())}


def check() -> dict[str, Any]:
    """Query every chart once."""
    return {"lines": _run(superset.check_command())}


def _run(command: list[str]) -> int:
    # What a check reads before the first day is published must not be what a person is shown a minute later.
    own_cache = {"SUPERSET_CACHE_DIR": str(superset.working_directory() / "cache-of-checks")}
    done = subprocess.run(  # noqa: S603
        command,
        env=environment() | own_cache,
        cwd=superset.working_directory(),
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    lines = (done.stdout + done.stderr).strip().splitlines()
    if done.returncode != 0:
        raise BoardError("\n".join([f"{command[-1]} ended with code {done.returncode}", *lines[-LINES_SHOWN:]]))
    for line in lines[-LINES_SHOWN:]:
        os.write(1, f"{line}\n".encode())
    return len(lines)


def serve() -> None:
    """Deploy, then replace this process by the web server."""
    deploy()
    command = superset.server_command(stack_state()["superset"]["port"])
    os.chdir(superset.working_directory())
    os.execve(command[0], command, environment())  # noqa: S606


if __name__ == "__main__":
    serve()
