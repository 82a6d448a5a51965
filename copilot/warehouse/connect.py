"""Connections to the warehouse, one login per job."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from config.settings import DEFAULT_DATABASE, Role, dsn

Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def connect(role: Role, database: str = DEFAULT_DATABASE) -> Iterator[Connection]:
    """A connection as that job; committed at the end of the block, rolled back when the block raises."""
    with psycopg.connect(dsn(role, database), application_name=f"copilot:{role}") as connection:
        yield connection


def hold_lock(connection: Connection, name: str) -> None:
    """Wait for the advisory lock of that name; it is let go when the transaction (or the process) ends."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


def identifier(*parts: str) -> sql.Identifier:
    """A quoted SQL name, for the few places where a table's name is a value."""
    return sql.Identifier(*parts)
