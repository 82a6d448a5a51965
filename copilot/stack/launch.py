"""Start and stop the local stack as one: nothing is left running after a failed start."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock

import psutil
import psycopg
from psycopg import sql

from config.settings import DEFAULT_DATABASE, ROLES, ROOT, login, secret, stack_state, var_dir
from copilot.stack import airflow
from copilot.stack.generated_secrets import SERVICES, ensure_secrets
from copilot.stack.health import CHECKS, Health, health
from copilot.stack.postgres import PostgresError, Server
from copilot.stack.services import choose_ports, inherited, postgres_server
from copilot.stack.supervisor import end_group, services_file, spawn
from copilot.warehouse.migrate import migrate
from copilot.warehouse.roles import ensure_database, ensure_logins

READY_SECONDS = 300.0
STOP_SECONDS = 40.0
POLL_SECONDS = 0.5
# The kernel's boot time, from which a start is counted, moves when the clock is set right.
START_TOLERANCE_SECONDS = 5.0
Say = Callable[[str], None]


class StackError(RuntimeError):
    """The stack did not start; the message names the service, its log, and what to do."""


def up(say: Say, wait_for: tuple[str, ...] = tuple(CHECKS)) -> None:
    """Start everything (at once if it already runs) and return when the named services answer."""
    with _alone():
        if not supervisor_pid():
            try:
                _start(say)
            except PostgresError as error:
                raise StackError(str(error)) from error
        try:
            wait(wait_for)
        except BaseException:
            say("start failed: stopping what was started")
            down(say)
            raise


def _start(say: Say) -> None:
    for name in ("log", "run", "mail", "secrets"):
        (var_dir() / name).mkdir(parents=True, exist_ok=True)
    ensure_secrets()
    choose_ports()
    server = postgres_server()
    say("starting PostgreSQL")
    try:
        server.start(secret("pg_admin"))
        say("preparing databases and migrations")
        prepare_databases(server)
        airflow.prepare()
        _migrate_airflow()
        say("starting Airflow, Superset and the mail sink")
        spawn()
    except BaseException:
        server.stop("immediate")
        raise


def prepare_databases(server: Server) -> None:
    """One database and one login per service; the default company's warehouse; all safe to repeat."""
    admin = server.admin_dsn(secret("pg_admin"))
    ensure_logins(admin, {role: secret(f"pg_{login(role)}") for role in ROLES})
    with psycopg.connect(admin, autocommit=True) as connection:
        for service in SERVICES:
            _ensure_service(connection, service)
    prepare_warehouse(DEFAULT_DATABASE)


def prepare_warehouse(database: str) -> None:
    """One company's warehouse, at the newest schema."""
    ensure_database(postgres_server().admin_dsn(secret("pg_admin")), database)
    migrate(database)


def _ensure_service(admin: psycopg.Connection[tuple[object, ...]], service: str) -> None:
    name, password = sql.Identifier(service), sql.Literal(secret(f"pg_{service}"))
    if not admin.execute("select 1 from pg_roles where rolname = %s", (service,)).fetchone():
        admin.execute(sql.SQL("create role {} login").format(name))
    admin.execute(sql.SQL("alter role {} password {}").format(name, password))
    if not admin.execute("select 1 from pg_database where datname = %s", (service,)).fetchone():
        admin.execute(sql.SQL("create database {} owner {}").format(name, name))
        admin.execute(sql.SQL("revoke connect, temporary on database {} from public").format(name))


def _migrate_airflow() -> None:
    state = stack_state()
    environment = {**inherited(), **airflow.environment(state["postgres"], state["airflow"]["port"])}
    log_path = var_dir() / "log" / "airflow-migrate.log"
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    with log_path.open("ab") as log:
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=log, stderr=log, check=False)  # noqa: S603
    if done.returncode != 0:
        raise StackError(f"airflow db migrate ended with code {done.returncode}: see {log_path}")


def wait(wanted: tuple[str, ...]) -> None:
    """Return when the named services answer. Raises StackError naming those that do not."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        states = {name: state for name, state in health().items() if name in wanted}
        late = [name for name, state in states.items() if state is not Health.HEALTHY]
        if not late:
            return
        if not supervisor_pid():
            raise StackError(f"the supervisor ended: see {var_dir() / 'log' / 'supervisor.log'}")
        if time.monotonic() > deadline:
            logs = ", ".join(str(var_dir() / "log" / f"{name}*.log") for name in late)
            raise StackError(f"not ready after {READY_SECONDS:.0f} s: {', '.join(late)}; see {logs}")
        time.sleep(POLL_SECONDS)


def down(say: Say) -> None:
    """Stop everything that this checkout started, also what a killed supervisor left behind."""
    pid = supervisor_pid()
    if pid:
        say("stopping")
        supervisor = psutil.Process(pid)
        supervisor.terminate()
        try:
            supervisor.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            supervisor.kill()
    for orphan in orphans():
        end_group(orphan)
    # Stopping needs no port, and root's server outlives a deleted var directory.
    Server(var_dir(), port=0).stop()
    say("nothing of this checkout is running")


def supervisor_pid() -> int | None:
    """The pid of this checkout's supervisor, if it runs."""
    for process in psutil.process_iter(["pid", "cmdline", "environ"]):
        command = process.info["cmdline"] or []
        environment = process.info["environ"] or {}
        if command[-1:] == ["copilot.stack.supervisor"] and environment.get("COPILOT_VAR") == str(var_dir()):
            return int(process.info["pid"])
    return None


def orphans() -> list[int]:
    """Process groups in the state file that still live and are the very processes that were started."""
    path = services_file()
    if not path.exists():
        return []
    recorded = json.loads(path.read_text(encoding="utf-8"))
    return [entry["pid"] for entry in recorded.values() if _is_same_process(entry)]


def _is_same_process(entry: dict[str, float]) -> bool:
    try:
        started = psutil.Process(int(entry["pid"])).create_time()
    except psutil.NoSuchProcess:
        return False
    return abs(started - entry["created"]) < START_TOLERANCE_SECONDS


@contextmanager
def _alone() -> Iterator[None]:
    (var_dir() / "run").mkdir(parents=True, exist_ok=True)
    with (var_dir() / "run" / "up.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        try:
            yield
        finally:
            flock(lock, LOCK_UN)
