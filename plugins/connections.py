"""A source's connection as Airflow keeps it: made in its pages, in a secrets backend, or an AIRFLOW_CONN_* variable."""

from airflow.exceptions import AirflowNotFoundException
from airflow.sdk import BaseHook

from config.settings import ConfigError
from copilot.sources.api.connection import Connection


def from_airflow(name: str) -> Connection:
    """The connection of that name. Raises ConfigError when there is none, or it does not say what is needed."""
    try:
        found = BaseHook.get_connection(name)
    except AirflowNotFoundException:
        raise ConfigError(
            f"connection {name}: not found: make it in Airflow (Admin, Connections), or set AIRFLOW_CONN_{name.upper()}"
        ) from None
    fields = ("conn_type", "host", "schema", "port", "login", "password", "extra")
    return Connection.of(name, {field: getattr(found, field) for field in fields})
