"""The gates' connection to one warehouse, and the rows a day may know, laid out as session-temporary relations.

Great Expectations and our own SQL read the same `gate_<table>` relations of the same session, so no check can see a
row that was recorded after the day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from config.gates import Gates
from config.run import Run
from config.settings import dsn
from expectations.finding import Gate

Connection = psycopg.Connection[tuple[Any, ...]]

# What a column looked like before the judged day is read from this many days; so is a table whose days are small.
RECENT_DAYS = 7
# An event has one version; sorting millions of rows to see that would be what `rewritten_events` counts more cheaply.
EVENT_TABLES = ("usage_events",)


@dataclass(frozen=True)
class Slice:
    """The rows of one raw table that a day's checks look at, as the relation `gate_<table>`.

    `is_whole`: the newest version of every row known by the day; else what the day recorded, or the week up to it.
    """

    table: str
    n_rows: int
    is_whole: bool


@contextmanager
def open_session(run: Run, gate: Gate) -> Iterator[Connection]:
    """A connection as the gate's role; a second run of the same gate and day waits until this one is done."""
    with psycopg.connect(dsn("gate", run.database), application_name=f"copilot:gate:{gate}") as connection:
        connection.execute("set timezone to 'UTC'")
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (f"copilot:gate:{gate}:{run.as_of}",))
        connection.commit()
        yield connection


def lay_out_raw(connection: Connection, run: Run, gates: Gates) -> dict[str, Slice]:
    """Make `gate_<table>` for every raw table, empty ones too; returns what each of them holds."""
    first_time = _nothing_judged_before(connection, run)
    return {
        table: _lay_out(connection, run, (table, key), gates, first_time)
        for table, key in _raw_tables(connection).items()
    }


def relation(table: str) -> sql.Identifier:
    """The temporary relation with a table's rows as of the day."""
    return sql.Identifier(f"gate_{table}")


def raw(table: str) -> sql.Identifier:
    """The raw table with every version."""
    return sql.Identifier("raw", table)


def exists(connection: Connection, name: str) -> bool:
    """Whether a table `schema.name` exists."""
    row = connection.execute("select to_regclass(%s) is not null", (name,)).fetchone()
    return bool(row and row[0])


def one(connection: Connection, query: sql.SQL | sql.Composed, parameters: dict[str, Any]) -> tuple[Any, ...]:
    """The only row of a query that always has one."""
    return next(connection.execute(query, parameters))


def _nothing_judged_before(connection: Connection, run: Run) -> bool:
    judged = "select not exists (select from ops.gate_verdict where gate = 'raw' and as_of_date < %(day)s)"
    return bool(one(connection, sql.SQL(judged), {"day": run.as_of})[0])


def _raw_tables(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Every raw table with the columns that name a row: its primary key without `recorded_at`."""
    rows = connection.execute(
        """select c.relname, array_agg(a.attname order by array_position(i.indkey::int2[], a.attnum))
        from pg_class as c
        inner join pg_index as i on c.oid = i.indrelid and i.indisprimary
        inner join pg_attribute as a on c.oid = a.attrelid and a.attnum = any(i.indkey)
        where c.relnamespace = 'raw'::regnamespace and c.relkind = 'p' and a.attname <> 'recorded_at'
        group by c.relname order by c.relname"""
    )
    return {name: tuple(key) for name, key in rows}


def _lay_out(
    connection: Connection, run: Run, named: tuple[str, tuple[str, ...]], gates: Gates, first_time: bool
) -> Slice:
    table, key = named
    most = gates.whole_table_rows
    if table in gates.whole_tables or _n_visible(connection, run, table, most + 1) <= most:
        n_rows = _newest_versions(connection, run, table, key)
        return Slice(table, n_rows, is_whole=True)
    if first_time and table in EVENT_TABLES:
        _view(connection, table, raw(table), sql.SQL("recorded_at < {}").format(run.cutoff))
        return Slice(table, _count(connection, table), is_whole=True)
    if first_time:
        return Slice(table, _newest_versions(connection, run, table, key), is_whole=True)
    _recent(connection, run, table, key, gates.least_day_rows)
    return Slice(table, _count(connection, table), is_whole=False)


def _n_visible(connection: Connection, run: Run, table: str, at_most: int) -> int:
    query = sql.SQL("select count(*) from (select from {} where recorded_at < %(cutoff)s limit %(most)s) as known")
    return int(one(connection, query.format(raw(table)), {"cutoff": run.cutoff, "most": at_most})[0])


def _newest_versions(connection: Connection, run: Run, table: str, key: tuple[str, ...]) -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    query = sql.SQL(
        "create temporary table {} as select distinct on ({}) * from {} where recorded_at < {}"
        " order by {}, recorded_at desc"
    )
    made = connection.execute(query.format(relation(table), columns, raw(table), run.cutoff, columns))
    return made.rowcount


def _recent(connection: Connection, run: Run, table: str, key: tuple[str, ...], least_day_rows: int) -> None:
    recent = sql.Identifier(f"gate_recent_{table}")
    today = run.cutoff - timedelta(days=1)
    query = sql.SQL("create temporary table {} as select * from {} where recorded_at >= {} and recorded_at < {}")
    since = today - timedelta(days=RECENT_DAYS)
    connection.execute(query.format(recent, raw(table), since, run.cutoff))
    of_the_day = sql.SQL("recorded_at >= {}").format(today)
    counted = sql.SQL("select count(*) from {} where {}").format(recent, of_the_day)
    is_enough = int(one(connection, counted, {})[0]) >= least_day_rows
    condition = of_the_day if is_enough else sql.SQL("true")
    if table in EVENT_TABLES:
        return _view(connection, table, recent, condition)
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    newest = sql.SQL(
        "create temporary view {} as select distinct on ({}) * from {} where {} order by {}, recorded_at desc"
    )
    connection.execute(newest.format(relation(table), columns, recent, condition, columns))
    return None


def _view(connection: Connection, table: str, source: sql.Identifier, condition: sql.Composable) -> None:
    query = sql.SQL("create temporary view {} as select * from {} where {}")
    connection.execute(query.format(relation(table), source, condition))


def _count(connection: Connection, table: str) -> int:
    return int(one(connection, sql.SQL("select count(*) from {}").format(relation(table)), {})[0])
