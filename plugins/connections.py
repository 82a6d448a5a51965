"""A source's connection as Airflow keeps it: made in its pages, in a secrets backend, or an AIRFLOW_CONN_* variable."""

from typing import Any

from airflow.exceptions import AirflowNotFoundException
from airflow.sdk import BaseHook

from config.settings import ConfigError
from copilot.sources.api.connection import Connection

PREVIOUS = "previous_secret"


def from_airflow(name: str) -> Connection:
    """The connection of that name. Raises ConfigError when there is none, or it does not say what is needed."""
    found = _found(name)
    fields = ("conn_type", "host", "schema", "port", "login", "password", "extra")
    return Connection.of(name, {field: getattr(found, field) for field in fields})


def secrets_from_airflow(name: str) -> list[str]:
    """What a webhook is signed with: the connection's password and, while it is being rotated out, the one before it.

    Raises ConfigError when there is neither.
    """
    found = _found(name)
    secrets = [one for one in (found.password, found.extra_dejson.get(PREVIOUS)) if one]
    if not secrets:
        raise ConfigError(f"connection {name}: password is empty: give the secret with which the webhook is signed")
    return secrets


def _found(name: str) -> Any:
    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        raise ConfigError(
            f"connection {name}: not found: make it in Airflow (Admin, Connections), or set AIRFLOW_CONN_{name.upper()}"
        ) from None
