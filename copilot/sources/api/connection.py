"""An Airflow connection as the sources see it: where vendor or database answers, and what we are known by."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from config.settings import ConfigError

_PREFIX = "AIRFLOW_CONN_"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
POSTGRES = "postgres"


@dataclass(frozen=True)
class Connection:
    """`base_url` has no path of a single stream. `password` and `extra` are never shown."""

    name: str
    base_url: str
    login: str
    password: str = field(repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def has_own_time(self) -> bool:
        """Whether the vendor's answers say what time it is, and not our clock: `{"time": "vendor"}` in `extra`.

        Raises ConfigError for another word.
        """
        said = self.extra.get("time", "ours")
        if said not in ("ours", "vendor"):
            raise ConfigError(f"connection {self.name}: extra: time says {said!r}: there is ours and vendor")
        return bool(said == "vendor")

    def needed(self, setting: str) -> str:
        """A value out of `extra`. Raises ConfigError when it is not there."""
        value = self.extra.get(setting)
        if not value:
            raise ConfigError(f"connection {self.name}: extra needs {setting}")
        return str(value)

    @property
    def is_local(self) -> bool:
        """Whether nothing leaves this machine."""
        return urlsplit(self.base_url).hostname in _LOOPBACK

    @classmethod
    def of(cls, name: str, fields: Mapping[str, Any]) -> Self:
        """From Airflow's fields: conn_type, host (with or without scheme), schema, port, login, password, extra.

        The schema of a database is its name. Raises ConfigError when there is no host, or secrets would leave this
        machine unencrypted; a database is asked for encryption when it is opened.
        """
        host, schema = str(fields.get("host") or ""), fields.get("schema")
        is_database = fields.get("conn_type") in (POSTGRES, "postgresql")
        scheme, path = (POSTGRES, f"/{quote(str(schema or ''), safe='')}") if is_database else (schema or "https", "")
        given = urlsplit(host if "://" in host else f"{scheme}://{host}{path}")
        if not given.hostname:
            raise ConfigError(f"connection {name}: host is empty: give the address at which the vendor answers")
        allowed = ("https", POSTGRES) if is_database else ("https",)
        if given.scheme not in allowed and given.hostname not in _LOOPBACK:
            raise ConfigError(f"connection {name}: {given.scheme}://{given.hostname} is not encrypted: use https")
        port = fields.get("port") or given.port
        place = f"[{given.hostname}]" if ":" in given.hostname else given.hostname
        url = f"{given.scheme}://{place}{f':{port}' if port else ''}{given.path.rstrip('/')}"
        extra = fields.get("extra") or {}
        return cls(
            name,
            url,
            str(fields.get("login") or ""),
            str(fields.get("password") or ""),
            json.loads(extra) if isinstance(extra, str) else dict(extra),
        )


def from_environment(name: str) -> Connection:
    """The connection that `AIRFLOW_CONN_<NAME>` describes, as JSON or as an address, as Airflow reads it.

    Raises ConfigError when the variable is not set or does not say what is needed; its value is never shown.
    """
    variable = _PREFIX + name.upper()
    said = os.environ.get(variable)
    if not said:
        raise ConfigError(f"connection {name}: not found: set {variable}")
    if not said.lstrip().startswith("{"):
        return Connection.of(name, _fields_of(said))
    try:
        return Connection.of(name, json.loads(said))
    except json.JSONDecodeError as error:
        raise ConfigError(f"connection {name}: {variable} is no JSON (character {error.pos})") from None


def _fields_of(address: str) -> dict[str, Any]:
    """Airflow's own form `http://login:password@host:port/schema?extra=…`."""
    given = urlsplit(address)
    return {
        "conn_type": given.scheme,
        "host": given.hostname,
        "schema": unquote(given.path.strip("/")) or given.scheme,
        "port": given.port,
        "login": unquote(given.username or ""),
        "password": unquote(given.password or ""),
        "extra": dict(parse_qsl(given.query)),
    }
