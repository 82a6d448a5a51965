"""What a source no longer lists when everything is read has been deleted there: a last version says so.

Only for tables that have `is_deleted`. Feeds of changes seldom tell of deletions; without this a contract that somebody
removed would be paid for ever.
"""

from datetime import date, datetime
from typing import Any

from psycopg import sql

from copilot.warehouse.batch_tag import BatchTag
from copilot.warehouse.connect import identifier

# What held rows and now holds fewer than this part of them has lost them: an outage, not a quiet day.
SHRUNK_BELOW = 0.5


class Outage(RuntimeError):  # noqa: N818 - named for what it is taken for
    """A reading of everything that lacks most of what is known."""


class Deletions:
    """The keys that one reading of everything has shown, inside the caller's transaction.

    `instant` is when we learn of a deletion: what is newer than this was recorded meanwhile, and is left alone.
    """

    def __init__(self, cursor: Any, tag: BatchTag, instant: datetime) -> None:
        self._cursor = cursor
        self._name = tag.table.name
        target = identifier(f"raw_{tag.source}", tag.table.name)
        data = [column.name for column in tag.table.columns]
        words = {
            "target": target,
            "key": _list(tag.table.key),
            "same_key": sql.SQL(" and ").join(
                sql.SQL("{} = {}").format(identifier("n", name), identifier("s", name)) for name in tag.table.key
            ),
            "columns": _list([*data, "_source", "_batch_id", "_file", "_row_number", "recorded_at"]),
            "content": sql.SQL(", ").join(
                sql.SQL("true") if name == "is_deleted" else identifier("n", name) for name in data
            ),
            "tag": sql.SQL(", ").join(sql.Literal(value) for value in (tag.source, tag.batch_id, tag.file)),
            "instant": sql.Literal(instant),
        }
        words["last"] = sql.SQL(_LAST).format(**words)
        self._words = words
        self._execute("create temp table landing_seen on commit drop as select {key} from {target} limit 0")

    def see(self, staged: str) -> None:
        """Note the keys of the rows in a table."""
        self._words["staged"] = identifier(staged)
        self._execute("insert into landing_seen select distinct {key} from {staged}")

    def bury(self) -> list[tuple[date, int, datetime]]:
        """Write a last version of what was not seen; how many by day of recording. Raises Outage."""
        self._execute(_COUNT)
        n_gone, n_known = self._cursor.fetchone()
        if n_gone > (1 - SHRUNK_BELOW) * n_known:
            raise Outage(f"{self._name}: {n_gone} of {n_known} known are not listed any more: taken for an outage")
        if not n_gone:
            return []
        self._execute(_BURY)
        return [(day, n, newest) for day, n, newest in self._cursor.fetchall()]

    def close(self) -> None:
        """Forget what was seen."""
        self._execute("drop table landing_seen")

    def _execute(self, statement: str) -> None:
        self._cursor.execute(sql.SQL(statement).format(**self._words).as_string(None))


def _list(names: Any) -> sql.Composable:
    return sql.SQL(", ").join(identifier(name) for name in names)


_LAST = """
last as (
    select distinct on ({key}) * from {target} order by {key}, recorded_at desc
),
gone as (
    select n.* from last as n
    where n.is_deleted is not true and n.recorded_at < {instant}
        and not exists (select 1 from landing_seen as s where {same_key})
)
"""
_COUNT = "with {last} select (select count(*) from gone), (select count(*) from last where is_deleted is not true)"
_BURY = """
with {last},
buried as (
    insert into {target} ({columns})
    select {content}, {tag}, row_number() over (order by {key}), {instant} from gone as n
    returning recorded_at
)
select (recorded_at at time zone 'UTC')::date, count(*), max(recorded_at) from buried group by 1 order by 1
"""
