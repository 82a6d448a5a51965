"""What `docker compose` runs once before anything else: logins, databases, the schema, and the two files with secrets.

Takes every password from the environment, as docker-compose.yml hands them over; gives a server on which each service
and job has its own login. Safe to repeat: passwords are set anew, nothing else changes.
"""

import json
import os
import shutil
from pathlib import Path

import psycopg
from psycopg import sql

from config.settings import DEFAULT_DATABASE, ROLES, ConfigError, var_dir
from copilot.stack.generated_secrets import SERVICES
from copilot.warehouse.migrate import migrate
from copilot.warehouse.roles import ensure_database, ensure_logins

AIRFLOW_ADMIN = "admin"


def prepare() -> list[str]:
    """Bring the server and the state volume up to date; returns the migrations applied."""
    admin_dsn = _given("PG_ADMIN_DSN")
    ensure_logins(admin_dsn, {role: _given(f"PG_{role.upper()}_PASSWORD") for role in ROLES})
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        for service in SERVICES:
            _ensure_service(admin, service, _given(f"PG_{service.upper()}_PASSWORD"))
    ensure_database(admin_dsn, DEFAULT_DATABASE)
    applied = migrate(DEFAULT_DATABASE)
    _write_files()
    return applied


def _ensure_service(admin: psycopg.Connection[tuple[object, ...]], service: str, password: str) -> None:
    name = sql.Identifier(service)
    if not admin.execute("select 1 from pg_roles where rolname = %s", (service,)).fetchone():
        admin.execute(sql.SQL("create role {} login").format(name))
    admin.execute(sql.SQL("alter role {} password {}").format(name, sql.Literal(password)))
    if not admin.execute("select 1 from pg_database where datname = %s", (service,)).fetchone():
        admin.execute(sql.SQL("create database {} owner {}").format(name, name))
    admin.execute(sql.SQL("revoke connect, temporary on database {} from public").format(name))


def _write_files() -> None:
    """The key of the digest's links, Airflow's login file, and the scheduler's imports before it forks."""
    airflow_home = Path(_given("AIRFLOW_HOME"))
    _write(var_dir() / "secrets" / "link_key", _given("LINK_KEY"))
    _write(airflow_home / "passwords.json", json.dumps({AIRFLOW_ADMIN: _given("AIRFLOW_ADMIN_PASSWORD")}))
    (airflow_home / "config").mkdir(exist_ok=True)
    preload = Path(__file__).with_name("airflow_preload.py")
    shutil.copyfile(preload, airflow_home / "config" / "airflow_local_settings.py")


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(content, encoding="utf-8")


def _given(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigError(f"{name} is not set: docker-compose.yml hands it over from .env")
    return value


if __name__ == "__main__":
    prepare()
