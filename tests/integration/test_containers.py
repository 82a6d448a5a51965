"""The one-shot that prepares a server for the containers: every login works, and a second time changes nothing."""

import json

import psycopg
import pytest

from config.settings import ROLES, ConfigError
from copilot.stack.containers import prepare
from copilot.stack.generated_secrets import SERVICES
from copilot.stack.postgres import TEST_SETTINGS, Server, free_port


@pytest.fixture
def fresh_server(tmp_path, monkeypatch):
    server = Server(tmp_path / "server", free_port(), TEST_SETTINGS)
    server.start("admin-pw")
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "var" / "airflow"))
    monkeypatch.setenv("PG_ADMIN_DSN", server.admin_dsn("admin-pw"))
    for name in (*ROLES, *SERVICES):
        monkeypatch.setenv(f"PG_{name.upper()}_PASSWORD", f"{name}-pw")
    monkeypatch.setenv("COPILOT_DSN_OWNER", f"postgresql://cs_owner:owner-pw@127.0.0.1:{server.port}/warehouse")
    monkeypatch.setenv("LINK_KEY", "key")
    monkeypatch.setenv("AIRFLOW_ADMIN_PASSWORD", "secret")
    yield server
    server.destroy()


def test_an_empty_server_gets_logins_databases_schema_and_files_and_keeps_them(fresh_server, tmp_path):
    assert len(prepare()) >= 4
    assert prepare() == []

    for role in ROLES:
        with psycopg.connect(f"postgresql://cs_{role}:{role}-pw@127.0.0.1:{fresh_server.port}/warehouse"):
            pass
    for name in SERVICES:
        with psycopg.connect(f"postgresql://{name}:{name}-pw@127.0.0.1:{fresh_server.port}/{name}") as connection:
            connection.execute("create table mine (i int)")
    passwords = tmp_path / "var" / "airflow" / "passwords.json"
    assert json.loads(passwords.read_text()) == {"admin": "secret"}
    assert (tmp_path / "var" / "secrets" / "link_key").stat().st_mode & 0o777 == 0o600
    assert passwords.stat().st_mode & 0o777 == 0o600


def test_a_missing_password_is_named_before_anything_is_done(fresh_server, monkeypatch):
    monkeypatch.setenv("PG_GATE_PASSWORD", "")

    with pytest.raises(ConfigError, match="PG_GATE_PASSWORD is not set"):
        prepare()
    with psycopg.connect(fresh_server.admin_dsn("admin-pw")) as admin:
        assert admin.execute("select count(*) from pg_roles where rolname like 'cs@_%' escape '@'").fetchone() == (0,)
