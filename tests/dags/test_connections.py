"""A vendor's connection is what Airflow keeps under its name, and its absence says what to do."""

import json

import pytest

from config.settings import ConfigError
from plugins.connections import from_airflow, secrets_from_airflow


def test_a_connection_of_airflow_is_read_with_all_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"host": "https://desk.example.com", "login": "bot", "password": "hush-hush", "extra": {"project_id": "7"}}
    monkeypatch.setenv("AIRFLOW_CONN_DESK", json.dumps(fields))
    found = from_airflow("desk")

    assert (found.base_url, found.login, found.password) == ("https://desk.example.com", "bot", "hush-hush")
    assert found.needed("project_id") == "7"
    assert "hush-hush" not in repr(found)


def test_a_connection_that_there_is_not_says_where_to_make_it() -> None:
    with pytest.raises(ConfigError, match="connection nowhere: not found: make it in Airflow"):
        from_airflow("nowhere")


def test_a_webhooks_secrets_are_the_password_and_the_one_that_is_rotated_out(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"conn_type": "http", "password": "present", "extra": {"previous_secret": "before"}}
    monkeypatch.setenv("AIRFLOW_CONN_HOOK", json.dumps(fields))
    assert secrets_from_airflow("hook") == ["present", "before"]

    monkeypatch.setenv("AIRFLOW_CONN_HOOK", json.dumps({**fields, "extra": {}}))
    assert secrets_from_airflow("hook") == ["present"]


def test_a_webhook_without_a_secret_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HOOK", json.dumps({"conn_type": "http", "host": "nowhere"}))
    with pytest.raises(ConfigError, match="connection hook: password is empty"):
        secrets_from_airflow("hook")


def test_a_connection_to_a_database_is_known_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"conn_type": "postgres", "host": "db.example.com", "schema": "analytics", "login": "bot", "password": "x"}
    monkeypatch.setenv("AIRFLOW_CONN_ANALYTICS", json.dumps(fields))

    assert from_airflow("analytics").base_url == "postgres://db.example.com/analytics"
