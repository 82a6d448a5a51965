"""A connection to a database, as Airflow keeps it, is told from one to a vendor."""

import pytest

from config.settings import ConfigError
from copilot.sources.api.connection import Connection, from_environment


def test_an_address_of_a_database_keeps_its_name_login_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DB", "postgres://me:hu%40sh@db.example.test:5433/my%2Fdb?sslmode=verify-full")
    found = from_environment("db")

    assert found.base_url == "postgres://db.example.test:5433/my%2Fdb"
    assert (found.login, found.password, found.extra) == ("me", "hu@sh", {"sslmode": "verify-full"})
    assert "hu@sh" not in repr(found)
    assert not found.is_local


def test_a_vendor_is_reached_encrypted_also_where_the_schema_names_something_else() -> None:
    assert Connection.of("desk", {"host": "api.example.test"}).base_url == "https://api.example.test"
    with pytest.raises(ConfigError, match="is not encrypted"):
        Connection.of("desk", {"host": "api.example.test", "schema": "postgres"})
