"""Bring one warehouse to the newest schema: the numbered SQL files, then the raw tables of the canonical schema."""

from pathlib import Path

from psycopg import sql

from copilot.sources.canonical import TABLES, Table
from copilot.warehouse.connect import Connection, connect, hold_lock

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: str) -> list[str]:
    """Apply what is missing, in order, in one transaction; returns the names applied. Safe to repeat and to race."""
    with connect("owner", database) as owner:
        hold_lock(owner, "copilot:migrate")
        owner.execute("create table if not exists public.schema_migrations (name text primary key)")
        done = {row[0] for row in owner.execute("select name from public.schema_migrations")}
        missing = [path for path in sorted(MIGRATIONS.glob("*.sql")) if path.name not in done]
        for path in missing:
            owner.execute(path.read_bytes())
            owner.execute("insert into public.schema_migrations values (%s)", (path.name,))
        for table in TABLES:
            _ensure_raw_table(owner, table)
        return [path.name for path in missing]


def _ensure_raw_table(owner: Connection, table: Table) -> None:
    """`raw.<table>`, partitioned by source: every version of every row that any source gave, typed."""
    name = sql.Identifier("raw", table.name)
    columns = [sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.type)) for c in table.columns]
    key = [sql.Identifier(column) for column in ("_source", *table.key, "recorded_at")]
    create = sql.SQL(
        """create table if not exists {} (
            {}, recorded_at timestamptz not null, _source text not null, _batch_id bigint not null,
            _file text not null, _row_number bigint not null, primary key ({})
        ) partition by list (_source)"""
    )
    owner.execute(create.format(name, sql.SQL(", ").join(columns), sql.SQL(", ").join(key)))
    for column in columns:
        owner.execute(sql.SQL("alter table {} add column if not exists {}").format(name, column))
    # A day looks for the batches it has not seen, and for what was recorded lately; without these it would read every
    # event ever landed. Rows lie in the order in which they came, so a summary of each stretch of pages is enough.
    for index, indexed in (("batch", "_batch_id"), ("recorded", "recorded_at")):
        create = sql.SQL("create index if not exists {} on {} using brin ({}) with (autosummarize = on)")
        owner.execute(create.format(sql.Identifier(f"{table.name}_{index}"), name, sql.Identifier(indexed)))
    readers = sql.SQL("cs_transformer, cs_gate")
    owner.execute(sql.SQL("grant select on {} to {}").format(name, readers))
