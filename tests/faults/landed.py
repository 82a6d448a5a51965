"""What a source has left in the warehouse, so that two ways of reading it can be compared row by row."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from config.settings import dsn

Rows = Counter[tuple[str, str]]

# When a window was read is in its name and in what has no date of its own: to the microsecond, two readings differ.
_ROWS = """
    select {name}, (to_jsonb(r) - array['_source', '_batch_id', '_file', 'recorded_at']
        || jsonb_build_object('at', date_trunc('second', recorded_at), 'stream', split_part(_file, '/', 1)))::text
    from {table} as r where _source = %(source)s
"""
_REMEMBERED = """
    select 'quarantine', concat_ws('|', table_name, split_part(file, '/', 1), row_number, reason_code, reason, record)
    from quarantine.rejected_record where source = %(source)s
    union all
    select 'cursor', concat_ws('|', c.table_name, split_part(c.file, '/', 1), sum(b.landed))
    from ops.landing_cursor as c join ops.landing_batch as b using (batch_id)
    where c.source = %(source)s group by c.table_name, split_part(c.file, '/', 1)
    union all
    select 'position', concat_ws('|', stream, ends, date_trunc('second', read_whole_at))
    from ops.stream_position where source = %(source)s
    union all
    select 'day', concat_ws('|', table_name, recorded_on, n_rows, date_trunc('second', newest_recorded_at))
    from ops.landing_day where source = %(source)s
    union all
    select 'state', concat_ws('|', table_name, as_of_date, n_rows, n_rejected, date_trunc('second', newest_recorded_at))
    from ops.source_state where source = %(source)s
"""
# Rows without their cursor, a cursor without its rows, and a window that moved no position.
_HALF = """
    select c.file from ops.landing_cursor as c join ops.landing_batch as b using (batch_id)
    where c.source = %(source)s and b.landed <> (select count(*) from {table} where _batch_id = c.batch_id)
        and c.table_name = {name}
    union all
    select r._file from {table} as r where _source = %(source)s and not exists (
        select from ops.landing_cursor as c
        where c.source = r._source and c.table_name = {name} and c.file = r._file and c.batch_id = r._batch_id
    )
    union all
    select c.file from ops.landing_cursor as c where c.source = %(source)s and c.n_rows > 0 and not exists (
        select from ops.stream_position as p where p.source = c.source and p.stream = split_part(c.file, '/', 1)
    )
"""


def landed(database: str, source: str, tables: Sequence[str]) -> Rows:
    """Every row of raw, quarantine, cursors, positions and states, and how often it is there."""
    asked = sql.SQL(" union all ").join([*_each(_ROWS, tables), sql.SQL(_REMEMBERED)])
    return Counter(_told(database, asked, source))


def half_states(database: str, source: str, tables: Sequence[str]) -> list[str]:
    """The windows of which the warehouse holds one half without the other."""
    return [file for (file,) in _told(database, sql.SQL(" union all ").join(_each(_HALF, tables)), source)]


def _each(statement: str, tables: Sequence[str]) -> list[sql.Composed]:
    return [sql.SQL(statement).format(name=sql.Literal(table), table=sql.Identifier("raw", table)) for table in tables]


def _told(database: str, statement: sql.Composed, source: str) -> list[Any]:
    with psycopg.connect(dsn("owner", database)) as owner:
        return owner.execute(statement, {"source": source}).fetchall()
