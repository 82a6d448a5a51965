"""What we hold of the days that a source was asked about: in raw, in quarantine and in the marts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import sql

from copilot.sources.canonical import Table
from copilot.warehouse.connect import Connection

_FOR_EVER = "infinity"


@dataclass(frozen=True)
class Wanted:
    """A source's table, the column by whose day its records are counted, and the column of their money, if any."""

    source: str
    table: Table
    dated_by: str
    money: str = ""
    home_currency: str = ""

    @property
    def raw(self) -> sql.Identifier:
        """The source's own part of the raw table."""
        return sql.Identifier(f"raw_{self.source}", self.table.name)

    @property
    def day(self) -> sql.Composable:
        """A row's day, in UTC."""
        column = sql.Identifier(self.dated_by)
        if self.table.column(self.dated_by).type == "date":
            return column
        return sql.SQL("({} at time zone 'UTC')::date").format(column)


Totals = dict[date, tuple[int, dict[str, Any]]]


def in_raw(connection: Connection, wanted: Wanted, days: Sequence[date], until: datetime | None = None) -> Totals:
    """Records and money of each day: of each record the newest version recorded before `until`, else of all.

    What is counted by the day of its receipt has a row each time it was received.
    """
    if not is_there(connection, f"raw_{wanted.source}.{wanted.table.name}"):
        return {}
    query = _RECEIVED if wanted.dated_by == "recorded_at" else _NEWEST
    own_currency = sql.SQL("coalesce(nullif(upper(trim(currency)), ''), {})").format(wanted.home_currency)
    parts = {
        "raw": wanted.raw,
        "day": wanted.day,
        "key": sql.SQL(", ").join(map(sql.Identifier, wanted.table.key)),
        "money": sql.Identifier(wanted.money) if wanted.money else sql.SQL("null::numeric"),
        "currency": own_currency if wanted.money else sql.SQL("''"),
        "is_there": sql.SQL("not coalesce(is_deleted, false)" if wanted.table.has_deletions else "true"),
    }
    given = {"days": list(days), "until": until or _FOR_EVER, "first": min(days), "last": max(days)}
    return totals(connection.execute(query.format(**parts), given))


# A record is looked for in all its versions, since one may have moved it to another day.
_NEWEST = sql.SQL(
    """with newest as (
        select distinct on ({key}) * from {raw}
        where ({key}) in (select {key} from {raw} where {day} = any(%(days)s)) and recorded_at < %(until)s
        order by {key}, recorded_at desc
    )
    select {day}, {currency}, count(*), sum({money}) from newest
    where {day} = any(%(days)s) and {is_there} group by 1, 2"""
)
_RECEIVED = sql.SQL(
    """select {day}, {currency}, count(*), sum({money}) from {raw}
    where recorded_at >= %(first)s and recorded_at < %(last)s + 1 and recorded_at < %(until)s
        and {day} = any(%(days)s) group by 1, 2"""
)


def totals(rows: Any) -> Totals:
    """Rows of (day, currency, records, money) as counts and money by day."""
    found: Totals = {}
    for day, currency, n_rows, money in rows:
        n_before, of_day = found.get(day, (0, {}))
        if money is not None:
            of_day[currency] = money
        found[day] = (n_before + n_rows, of_day)
    return found


def is_there(connection: Connection, name: str) -> bool:
    """Whether a table `schema.name` exists."""
    found = connection.execute("select to_regclass(%s) is not null", (name,)).fetchone()
    return bool(found and found[0])


def rejected(connection: Connection, source: str, table: Table) -> Iterator[Any]:
    """The records of a table that lie in quarantine, as they came; what is no JSON says nothing of itself."""
    rows = connection.execute(
        "select record from quarantine.rejected_record where source = %s and table_name = %s order by reject_id",
        (source, table.name),
    )
    for (record,) in rows:
        try:
            found = json.loads(str(record))
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def known_keys(connection: Connection, wanted: Wanted, keys: Sequence[str]) -> set[str]:
    """Which of the keys raw has in some version."""
    if not keys or not is_there(connection, f"raw_{wanted.source}.{wanted.table.name}"):
        return set()
    parts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in wanted.table.key)
    query = sql.SQL("select distinct concat_ws('/', {}) from {} where concat_ws('/', {}) = any(%s)")
    return {str(key) for (key,) in connection.execute(query.format(parts, wanted.raw, parts), (list(keys),))}


def last_read_at(connection: Connection, source: str, table: Table) -> datetime | None:
    """When the source was last read for the table: of several streams, when the one that is furthest behind was.

    A window is named for its stream and its instant; None for files, which are named otherwise.
    """
    found: Any = connection.execute(
        r"""select min(last) from (
            select split_part(file, '/', 1), max(split_part(file, '/', 2)::timestamptz) as last
            from ops.landing_cursor
            where source = %s and table_name = %s and file ~ '^[a-z_]+/\d{4}-\d\d-\d\dT[\d:.]+Z$'
            group by 1
        ) as streams""",
        (source, table.name),
    ).fetchone()
    return found[0] if found else None
