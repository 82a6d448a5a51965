"""Real PostgreSQL for every test that wants it: one server a session, one database a test, copied from a template."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from config.settings import ROLES, login
from copilot.stack.postgres import TEST_SETTINGS, Server, free_port
from copilot.warehouse.migrate import migrate
from copilot.warehouse.roles import ensure_database, ensure_logins
from tests.stack import calm, company, sources_for, spec, stack

__all__ = ["calm", "company", "sources_for", "spec", "stack"]

TEMPLATE = "template_warehouse"
# A busy machine is no defect of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what needs the whole stack last: it takes over the directory that settings point to."""
    items.sort(key=lambda item: bool({"e2e", "browser"} & {marker.name for marker in item.iter_markers()}))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with every job's login and a migrated template database."""
    home = tmp_path_factory.mktemp("stack")
    server = Server(home, free_port(), TEST_SETTINGS)
    admin_password = secrets.token_hex(16)
    patch = pytest.MonkeyPatch()
    patch.setenv("COPILOT_VAR", str(home))
    try:
        server.start(admin_password)
        passwords = {role: secrets.token_hex(8) for role in ROLES}
        _write_state(home, server, {**{f"pg_{login(r)}": p for r, p in passwords.items()}, "pg_admin": admin_password})
        ensure_logins(server.admin_dsn(admin_password), passwords)
        ensure_database(server.admin_dsn(admin_password), TEMPLATE)
        migrate(TEMPLATE)
        yield server
    finally:
        patch.undo()
        server.destroy()


def _write_state(home: Path, server: Server, named_secrets: dict[str, str]) -> None:
    (home / "stack.json").write_text(json.dumps({"postgres": {"host": server.host, "port": server.port}}))
    (home / "secrets").mkdir()
    for name, value in named_secrets.items():
        (home / "secrets" / name).write_text(value)


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The name of a fresh, migrated, empty warehouse; settings.dsn(role, name) opens it."""
    name = f"test_{secrets.token_hex(6)}"
    admin_password = (postgres.home / "secrets" / "pg_admin").read_text()
    with psycopg.connect(postgres.admin_dsn(admin_password), autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {} owner cs_owner").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        yield name
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
