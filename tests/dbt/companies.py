"""Small made-up companies, written straight into raw tables: what a test of the transformation needs, and no more."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.run import Run
from config.settings import dsn
from copilot.sources.canonical import BY_NAME

SOURCE = "test"


def at(day: date, hour: int = 12) -> datetime:
    """A moment of that day."""
    return datetime.combine(day, time(hour), tzinfo=UTC)


class Company:
    """The raw tables of one warehouse. Rows say only what matters; `recorded_at` is required, for it is the point."""

    sources: Path

    def __init__(self, database: str) -> None:
        self.database = database
        self._batch = 0
        with psycopg.connect(dsn("loader", database)) as loader:
            loader.execute("select raw.ensure_source(%s)", (SOURCE,))

    def land(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """One landing batch of rows, each a mapping of column to value."""
        self._batch += 1
        names = [column.name for column in BY_NAME[table].all_columns]
        columns = [*names, "_source", "_batch_id", "_file", "_row_number"]
        copy = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(f"raw_{SOURCE}", table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with psycopg.connect(dsn("loader", self.database)) as loader, loader.cursor().copy(copy) as sink:
            for number, row in enumerate(rows, start=1):
                unknown = set(row) - set(names)
                assert not unknown, f"{table} has no column {unknown}"
                sink.write_row([*(row.get(name) for name in names), SOURCE, self._batch, "test", number])

    def run(self, day: date) -> Run:
        """The run of one day of this company."""
        return Run(day, self.sources)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the transformer reads."""
        with psycopg.connect(dsn("transformer", self.database)) as reader:
            return reader.execute(statement.encode()).fetchall()
