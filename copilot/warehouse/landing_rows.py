"""How typed rows reach their partition: by binary COPY straight into it, or, where a key is known, by comparison.

Straight in is about as fast as PostgreSQL can be, and right whenever every row is new. The primary key says when it is
not; from then on each batch goes into a temporary table, and every row is compared with what is there.
"""

from datetime import date, datetime
from typing import Any

from psycopg import sql

from config.kill_point import kill_point
from copilot.sources.reading import Dating, Reject
from copilot.warehouse.batch_tag import BatchTag
from copilot.warehouse.connect import identifier
from copilot.warehouse.landing_deletions import Deletions

UNIQUE_VIOLATION = "23505"


class RowWriter:
    """Writes the good rows of one file inside the caller's transaction, and counts them by day of recorded_at.

    `instant` is when we learn what the source does not date. A snapshot into an empty table is trusted to name each key
    once: straight in, and `keys_are_unique` tells afterwards.
    """

    def __init__(
        self,
        cursor: Any,
        tag: BatchTag,
        dating: Dating,
        instant: datetime,
        is_trusting: bool = True,
        tells_all: bool = False,
    ) -> None:
        self._cursor = cursor
        self._tag = tag
        self._dating = dating
        self._has_stage = False
        self._days: dict[date, tuple[int, datetime]] = {}
        self._statements = _Statements(tag, dating, instant)
        is_first = dating != "versions" and not self._asks(self._statements.has_rows)
        self._deletions = Deletions(cursor, tag, instant) if tells_all and not is_first else None
        self._is_trusted = dating == "snapshot" and is_trusting and is_first
        self._compares = not (dating == "versions" or self._is_trusted or (dating == "states" and is_first))

    def write(self, good: Any) -> tuple[int, int, list[Reject]]:
        """(landed, unchanged, conflicting) of one Arrow table of typed rows."""
        if good.num_rows == 0:
            return 0, 0, []
        rows = _tagged(good, self._tag)
        if not self._compares and self._copied_straight_in(rows):
            self._count_days(rows)
            return rows.num_rows, 0, []
        return self._compare(rows)

    def keys_are_unique(self) -> bool:
        """False when a snapshot that was trusted named a key twice: then it has to be written again, by comparison."""
        return not self._is_trusted or not self._asks(self._statements.has_duplicates)

    def bury(self) -> int:
        """Note as deleted what a reading of everything lacks, and return how many. Raises Outage."""
        buried = self._deletions.bury() if self._deletions else []
        for day, n, newest in buried:
            self._add_day(day, n, newest)
        return sum(n for _, n, _ in buried)

    def _asks(self, question: str) -> bool:
        self._cursor.execute(question)
        return bool(self._cursor.fetchone()[0])

    def finish(self) -> None:
        """Add the days that this file brought to ops.landing_day, and leave no table to the next one's writer."""
        if self._has_stage:
            self._cursor.execute("drop table landing_stage")
        if self._deletions:
            self._deletions.close()
        if self._days:
            key = (self._tag.source, self._tag.table.name)
            rows = [(*key, day, n, newest) for day, (n, newest) in sorted(self._days.items())]
            self._cursor.execute(_text(_ADD_DAYS, {"rows": _rows(rows)}))

    def _copied_straight_in(self, rows: Any) -> bool:
        from adbc_driver_manager import Error

        self._cursor.execute("savepoint landing_batch")
        try:
            self._cursor.adbc_ingest(
                self._tag.table.name, rows, mode="append", db_schema_name=f"raw_{self._tag.source}"
            )
        except Error as error:
            if error.sqlstate != UNIQUE_VIOLATION:
                raise
            self._cursor.execute("rollback to savepoint landing_batch")
            self._compares = True
        self._cursor.execute("release savepoint landing_batch")
        return not self._compares

    def _count_days(self, rows: Any) -> None:
        import pyarrow as pa

        at = rows["recorded_at"]
        days = at.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
        grouped = pa.table({"day": days, "at": at}).group_by("day").aggregate([("at", "count"), ("at", "max")])
        for row in grouped.sort_by("day").to_pylist():
            self._add_day(row["day"], row["at_count"], row["at_max"])

    def _add_day(self, day: date, n: int, newest: datetime) -> None:
        before = self._days.get(day)
        self._days[day] = (n, newest) if before is None else (before[0] + n, max(before[1], newest))

    def _compare(self, rows: Any) -> tuple[int, int, list[Reject]]:
        if not self._has_stage:
            self._cursor.execute(self._statements.create_stage)
            self._has_stage = True
        self._cursor.adbc_ingest("landing_stage", rows, mode="append", temporary=True)
        kill_point("landing.after_stage")
        self._cursor.execute(self._statements.judge)
        kill_point("landing.after_verdicts")
        self._cursor.execute(self._statements.insert)
        landed = self._cursor.fetchall()
        for day, n, newest in landed:
            self._add_day(day, n, newest)
        self._cursor.execute(self._statements.conflicts)
        conflicts = [self._conflict(*found) for found in self._cursor.fetchall()]
        if self._deletions:
            self._deletions.see("landing_stage")
        self._cursor.execute("drop table landing_judged")
        self._cursor.execute("truncate landing_stage")
        n_landed = sum(n for _, n, _ in landed)
        return n_landed, rows.num_rows - n_landed - len(conflicts), conflicts

    def _conflict(self, row_number: int, other_file: str, other_row: int, record: str) -> Reject:
        is_snapshot = self._dating == "snapshot"
        code = "duplicate_key" if is_snapshot else "conflicting_version"
        what = "the same key" if is_snapshot else "the same key and recorded_at"
        reason = f"row {row_number} of {self._tag.file} has {what} as row {other_row} of {other_file}, other content"
        return Reject(row_number, code, reason, record)


def _tagged(good: Any, tag: BatchTag) -> Any:
    import pyarrow as pa

    n = good.num_rows
    constants = {"_source": tag.source, "_file": tag.file, "_batch_id": tag.batch_id}
    for name, value in constants.items():
        good = good.append_column(name, pa.repeat(value, n))
    return good


class _Statements:
    """The SQL of the comparing way, for one table."""

    def __init__(self, tag: BatchTag, dating: Dating, instant: datetime) -> None:
        is_snapshot = dating == "snapshot"
        target = identifier(f"raw_{tag.source}", tag.table.name)
        key = [*tag.table.key, *([] if is_snapshot else ["recorded_at"])]
        data = [column.name for column in tag.table.columns]
        words = {
            "target": target,
            "key": _list(key),
            "record": _list(list(tag.table.key)),
            "same_key": sql.SQL(" and ").join(_equal("t", "s", name) for name in key),
            "same_record": sql.SQL(" and ").join(_equal("n", "s", name) for name in tag.table.key),
            "s_content": _list(data, "s"),
            "f_content": _list(data, "f"),
            "t_content": _list(data, "t"),
            "n_content": _list(data, "n"),
            "content": _list(data),
            "columns": _list([*data, "_source", "_batch_id", "_file", "_row_number"]),
            "is_versioned": sql.Literal(not is_snapshot),
            "learned_at": sql.Literal(instant if is_snapshot else None),
            "instant": sql.Literal(instant),
        }
        self.has_rows = _text("select exists (select from {target})", words)
        self.has_duplicates = _text("select exists (select from {target} group by {key} having count(*) > 1)", words)
        self.create_stage = _text("create temp table landing_stage (like {target}) on commit drop", words)
        self.judge = _text(_JUDGE_STATES if dating == "states" else _JUDGE, words)
        self.insert = _text(_INSERT, words)
        self.conflicts = _text(_CONFLICTS, words)


# The first row of a key in the batch is compared with the newest version in the target, later ones with the first.
# A snapshot's changed row is a new version that we learned now: its recorded_at is the landing instant, which is never
# before the version that it replaces.
_JUDGE = """
create temp table landing_judged on commit drop as
with ranked as (
    select *, min(_row_number) over (partition by {key}) as first_row from landing_stage
)
select
    s.*, coalesce(f._file, t._file) as other_file, coalesce(f._row_number, t._row_number) as other_row,
    case when t.recorded_at is null then s.recorded_at
        else greatest({learned_at}, t.recorded_at + interval '1 microsecond') end as learned_at,
    case
        when f._row_number is not null and ({s_content}) is not distinct from ({f_content}) then 'unchanged'
        when f._row_number is not null then 'conflict'
        when t._row_number is null then 'land'
        when ({s_content}) is not distinct from ({t_content}) then 'unchanged'
        when {is_versioned} or t._batch_id = s._batch_id then 'conflict'
        else 'land'
    end as verdict
from ranked as s
left join landing_stage as f on s.first_row = f._row_number and s.first_row <> s._row_number
left join lateral (
    select t.* from {target} as t where s.first_row = s._row_number and {same_key} order by t.recorded_at desc limit 1
) as t on true
"""
# What is older than what we know of a record is no news: its past was told when the record was new. A vendor's clock
# ticks in seconds, and two changes may share one: what differs from that second's version is a change we learn now.
# What only says again what is known brings no version, as long as nothing else came between.
_JUDGE_STATES = """
create temp table landing_judged on commit drop as
with ranked as (
    select
        *, min(_row_number) over (partition by {key}) as first_row,
        max(recorded_at) over (partition by {record}) as told_until,
        lag(recorded_at) over (partition by {record} order by recorded_at, _row_number) as told_before
    from landing_stage
)
select
    s.*, null::text as other_file, null::bigint as other_row,
    case when t._row_number is null and f._row_number is null then s.recorded_at
        else greatest({instant}, n.recorded_at) + s._row_number * interval '1 microsecond' end as learned_at,
    case
        when f._row_number is not null and ({s_content}) is not distinct from ({f_content}) then 'unchanged'
        when t._row_number is not null and ({s_content}) is not distinct from ({t_content}) then 'unchanged'
        when t._row_number is not null and ({s_content}) is not distinct from ({n_content}) then 'unchanged'
        when s.recorded_at < n.recorded_at then 'unchanged'
        when ({s_content}) is not distinct from ({n_content}) and coalesce(s.told_before <= n.recorded_at, true)
            then 'unchanged'
        when t._row_number is not null and s.recorded_at < s.told_until then 'unchanged'
        else 'land'
    end as verdict
from ranked as s
left join landing_stage as f on s.first_row = f._row_number and s.first_row <> s._row_number
left join {target} as t on {same_key}
left join lateral (
    select n.* from {target} as n where {same_record} order by n.recorded_at desc limit 1
) as n on true
"""
_INSERT = """
with landed as (
    insert into {target} ({columns}, recorded_at)
    select {columns}, learned_at from landing_judged where verdict = 'land' order by _row_number
    returning recorded_at
)
select (recorded_at at time zone 'UTC')::date, count(*), max(recorded_at) from landed group by 1 order by 1
"""
_CONFLICTS = """
select _row_number, other_file, other_row, (select row_to_json(r)::text from (select {content}, recorded_at) as r)
from landing_judged where verdict = 'conflict' order by _row_number
"""

# One statement for all days: a statement a day took as long as the rows of a year.
_ADD_DAYS = """
insert into ops.landing_day as known (source, table_name, recorded_on, n_rows, newest_recorded_at)
values {rows}
on conflict (source, table_name, recorded_on) do update set
    n_rows = known.n_rows + excluded.n_rows,
    newest_recorded_at = greatest(known.newest_recorded_at, excluded.newest_recorded_at)
"""


def _rows(rows: list[tuple[Any, ...]]) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, row))) for row in rows)


def _list(names: list[str], alias: str | None = None) -> sql.Composable:
    return sql.SQL(", ").join(identifier(*([alias] if alias else []), name) for name in names)


def _equal(left: str, right: str, name: str) -> sql.Composable:
    return sql.SQL("{} = {}").format(identifier(left, name), identifier(right, name))


def _text(statement: str, words: dict[str, Any]) -> str:
    return sql.SQL(statement).format(**words).as_string(None)
