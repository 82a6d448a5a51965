"""A private PostgreSQL and Superset with the sample warehouse, to look at boards without the pipeline.

COPILOT_VAR=/some/directory python tests/browser/sample_stack.py up|down
"""

import json
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
from psycopg import sql

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from config import settings
from config.settings import ROLES, login
from copilot.stack import superset
from copilot.stack.postgres import TEST_SETTINGS, Server, free_port
from copilot.warehouse.migrate import migrate
from copilot.warehouse.roles import ensure_database, ensure_logins
from tests.browser.sample_warehouse import fill

START_SECONDS = 90


def up() -> None:
    """Start everything, publish the sample days once, deploy the board, write stack.json."""
    home = _own_directory()
    (home / "secrets").mkdir(parents=True, exist_ok=True)
    names = ["pg_admin", "pg_superset", *superset.SECRETS, *(f"pg_{login(role)}" for role in ROLES)]
    words = {name: _secret(home / "secrets" / name) for name in names}
    server = _server(home)
    server.start(words["pg_admin"])
    state = {"postgres": {"host": server.host, "port": server.port}}
    (home / "stack.json").write_text(json.dumps(state))
    _create_databases(server, words)
    environment = superset.environment(
        f"postgresql+psycopg2://superset:{words['pg_superset']}@{server.host}:{server.port}/superset",
        superset.warehouse_uri(settings.DEFAULT_DATABASE),
    )
    subprocess.run(superset.deploy_command(), env=environment, cwd=superset.working_directory(), check=True)
    port = free_port()
    with (home / "log" / "superset.log").open("ab") as log:
        process = subprocess.Popen(
            superset.server_command(port),
            env=environment,
            cwd=superset.working_directory(),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    state["superset"] = {"host": "127.0.0.1", "port": port, "pid": process.pid, "url": f"http://127.0.0.1:{port}"}
    (home / "stack.json").write_text(json.dumps(state))
    _wait(superset.health_url(port))


def down() -> None:
    """Stop both servers and delete the database."""
    home = _own_directory()
    state = settings.stack_state()
    if "superset" in state:
        subprocess.run(["kill", str(state["superset"]["pid"])], check=False)
    _server(home).destroy()
    (home / "stack.json").unlink()


def _own_directory() -> Path:
    """The directory of this private stack; never the one of the checkout, whose warehouse is real."""
    if settings.var_dir() == settings.ROOT / "var":
        sys.exit("set COPILOT_VAR to an empty directory first")
    return settings.var_dir()


def _server(home: Path) -> Server:
    known = home / "stack.json"
    port = json.loads(known.read_text())["postgres"]["port"] if known.is_file() else free_port()
    return Server(home, port, TEST_SETTINGS)


def _secret(path: Path) -> str:
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(24))
    return path.read_text()


def _create_databases(server: Server, words: dict[str, str]) -> None:
    admin_dsn = server.admin_dsn(words["pg_admin"])
    ensure_logins(admin_dsn, {role: words[f"pg_{login(role)}"] for role in ROLES})
    ensure_database(admin_dsn, settings.DEFAULT_DATABASE)
    migrate(settings.DEFAULT_DATABASE)
    fill(settings.DEFAULT_DATABASE)
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        if admin.execute("select 1 from pg_database where datname = 'superset'").fetchone():
            return
        admin.execute(sql.SQL("create role superset login password {}").format(sql.Literal(words["pg_superset"])))
        admin.execute("create database superset owner superset")
        admin.execute("revoke connect on database superset from public")


def _wait(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"Superset did not answer at {url}")


if __name__ == "__main__":
    {"up": up, "down": down}[sys.argv[1]]()
