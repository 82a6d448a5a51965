"""Facts about the published tables themselves: their names, their keys, and what their rows amount to as a hash."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import cast

from psycopg import sql

from copilot.warehouse.connect import Connection, connect

PARENT = "published_day"


def keys(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The primary key of every table of `serving`, in the key's own order."""
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(
        """select c.relname::text, a.attname::text
        from pg_index as i
        inner join pg_class as c on c.oid = i.indrelid
        inner join pg_namespace as n on n.oid = c.relnamespace
        cross join lateral unnest(i.indkey) with ordinality as k (attnum, position)
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
        where n.nspname = 'serving' and i.indisprimary
        order by c.relname, k.position"""
    ):
        found.setdefault(cast(str, table), []).append(cast(str, column))
    return {table: tuple(columns) for table, columns in found.items()}


def is_published(database: str, day: date) -> bool:
    """Whether readers see that day."""
    with connect("publisher", database) as publisher:
        return (
            publisher.execute("select from serving.published_day where as_of_date = %s", (day,)).fetchone() is not None
        )


def table_hashes(database: str, as_of: date | None = None) -> dict[str, str]:
    """The SHA-256 of each published table's rows in the order of their key; of one day, or of all.

    Equal rows give equal hashes whatever the order or number of the writes that made them.
    """
    with connect("publisher", database) as publisher:
        return {table: _table_hash(publisher, table, key, as_of) for table, key in keys(publisher).items()}


def _table_hash(connection: Connection, table: str, key: tuple[str, ...], as_of: date | None) -> str:
    """A hash of the hashes of the days, so that no more than one day's text is ever held at once."""
    query = sql.SQL(
        """with day as (
            select t.as_of_date, sha256(convert_to(string_agg(t::text, E'\\n' order by {key}), 'UTF8')) as content
            from {table} as t where %(as_of)s::date is null or t.as_of_date = %(as_of)s::date
            group by t.as_of_date
        )
        select encode(sha256(coalesce(string_agg(content, ''::bytea order by as_of_date), ''::bytea)), 'hex')
        from day"""
    ).format(key=_key_list(key), table=sql.Identifier("serving", table))
    return _single(connection, query, {"as_of": as_of})


def candidate_hash(connection: Connection, all_keys: Mapping[str, tuple[str, ...]]) -> str:
    """One hash over the day's candidate rows, which wait in temporary tables named like the published ones."""
    digests = []
    for table, key in sorted(all_keys.items()):
        query = sql.SQL(
            "select encode(sha256(convert_to(coalesce(string_agg(t::text, E'\\n' order by {key}), ''), 'UTF8')), 'hex')"
            " from {table} as t"
        ).format(key=_key_list(key), table=sql.Identifier("pg_temp", table))
        digests.append(f"{table} {_single(connection, query)}")
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _key_list(key: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("t", column) for column in key)


def _single(connection: Connection, query: sql.Composed, parameters: Mapping[str, object] | None = None) -> str:
    row = connection.execute(query, parameters).fetchone()
    if row is None:
        raise LookupError("an aggregate query gave no row")
    return cast(str, row[0])
