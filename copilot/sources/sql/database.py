"""The company's database as we see it: one read-only snapshot, tables copied out of it in a stream."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from config.settings import ConfigError
from copilot.sources.api.connection import POSTGRES, Connection
from copilot.sources.api.faults import SourceFault
from copilot.sources.config import did_you_mean
from copilot.sources.files import UnreadableFile

_CONNECT_SECONDS = 30
_TEMPORAL = ("timestamptz", "timestamp", "date")
# dlt's load ids and the like: seconds since 1970.
_SECONDS = ("text", "varchar", "numeric", "float8", "int8", "int4")


@contextmanager
def snapshot(connection: Connection, seconds: float) -> Iterator["Snapshot"]:
    """One moment of the database; nothing in it can be written. Raises ConfigError and SourceFault."""
    if not connection.base_url.startswith(f"{POSTGRES}://"):
        raise ConfigError(f"connection {connection.name}: `type: sql` reads PostgreSQL: its type has to be postgres")
    try:
        opened = _connect(connection, seconds)
    except psycopg.Error as error:
        raise SourceFault(
            f"connection {connection.name}: {_said(error)}: look at its host, login and password"
        ) from None
    with opened:
        opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        opened.read_only = True
        yield Snapshot(opened)


def _connect(connection: Connection, seconds: float) -> psycopg.Connection[tuple[Any, ...]]:
    place = urlsplit(connection.base_url)
    # A name that a schema shadows, or a zone that moves a date, must not depend on whom the database knows.
    settings = {
        "statement_timeout": f"{int(seconds * 1000)}",
        "timezone": "UTC",
        "datestyle": "ISO",
        "search_path": "pg_catalog",
    }
    return psycopg.connect(
        host=place.hostname,
        port=place.port,
        dbname=unquote(place.path.strip("/")),
        user=connection.login,
        password=connection.password,
        sslmode=_encryption(connection),
        connect_timeout=_CONNECT_SECONDS,
        client_encoding="UTF8",
        application_name="copilot:source",
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
    )


def _encryption(connection: Connection) -> str:
    """The word for it that PostgreSQL's library knows. Raises ConfigError where it would be none."""
    word = str(connection.extra.get("sslmode") or ("prefer" if connection.is_local else "require"))
    if not connection.is_local and word in ("disable", "allow", "prefer"):
        raise ConfigError(f"connection {connection.name}: sslmode {word} is not encrypted: use require or verify-full")
    return word


@dataclass(frozen=True)
class Relation:
    """A table or view that is there: its columns, and of which type each is."""

    place: tuple[str, str]
    types: dict[str, str]

    @property
    def columns(self) -> list[str]:
        """In the order of the table."""
        return list(self.types)


@dataclass(frozen=True)
class Snapshot:
    """What the database held when the snapshot was taken."""

    connection: psycopg.Connection[tuple[Any, ...]]

    def relation(self, place: tuple[str, str]) -> Relation:
        """What is known of a table. Raises UnreadableFile when there is none that may be read."""
        found = self.connection.execute(
            """select a.attname, t.typname
            from pg_class as c
            inner join pg_namespace as n on c.relnamespace = n.oid
            inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
            inner join pg_type as t on a.atttypid = t.oid
            where n.nspname = %s and c.relname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f')
            order by a.attnum""",
            place,
        ).fetchall()
        if not found:
            raise UnreadableFile(f"there is no table {'.'.join(place)}: {self._others(place)}")
        return Relation(place, dict(found))

    def _others(self, place: tuple[str, str]) -> str:
        tables = "select n.nspname || '.' || c.relname from pg_class as c inner join pg_namespace as n"
        named = self.connection.execute(
            f"{tables} on c.relnamespace = n.oid where n.nspname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f')",
            place[:1],
        ).fetchall()
        return did_you_mean(".".join(place), [str(name) for (name,) in named]) if named else f"nor a schema {place[0]}"

    def newest(self, relation: Relation, cursor: str) -> datetime | None:
        """The newest time in the cursor column, none of the future; None for an empty table. Raises UnreadableFile."""
        statement = sql.SQL("select max(least({}, now()))::timestamptz from {}").format(
            _moment(relation, cursor), sql.Identifier(*relation.place)
        )
        found: tuple[datetime | None] | None = self.connection.execute(statement).fetchone()
        return found[0] if found else None

    def copy(self, relation: Relation, columns: Sequence[str], path: Path, since: tuple[str, datetime] | None) -> None:
        """Write these columns as CSV; `since` is a cursor column and the time from which its rows are wanted."""
        chosen = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(*relation.place)
        )
        if since is not None:
            # A row without a time tells nobody when it changed: it is read each time.
            chosen += sql.SQL(" where {0} >= {1} or {2} is null").format(
                _moment(relation, since[0]), sql.Literal(since[1]), sql.Identifier(since[0])
            )
        statement = sql.SQL("copy ({}) to stdout (format csv, header)").format(chosen)
        with path.open("wb") as file, self.connection.cursor().copy(statement) as rows:
            for piece in rows:
                file.write(piece)


def _moment(relation: Relation, cursor: str) -> sql.Composable:
    """The cursor column as a time. Raises UnreadableFile when it is none."""
    if cursor not in relation.types:
        raise UnreadableFile(f"cursor {cursor} is not in the table: {did_you_mean(cursor, relation.columns)}")
    kind = relation.types[cursor]
    if kind in _TEMPORAL:
        return sql.Identifier(cursor)
    if kind in _SECONDS:
        return sql.SQL("to_timestamp({}::float8)").format(sql.Identifier(cursor))
    raise UnreadableFile(f"cursor {cursor} is {kind}: name a column with a time, or with seconds since 1970")


def _said(error: psycopg.Error) -> str:
    """The database's first line; it names hosts and logins, never a password."""
    return " ".join(str(error).split("\n")[0].split()) or type(error).__name__
