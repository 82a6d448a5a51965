"""A small published warehouse for boards: plausible rows straight into `serving`, the same on every run.

It stands in for the pipeline where only the board is under test. 60 published days, so that every history has a shape.
"""

import json
from datetime import timedelta
from typing import Any

from copilot.warehouse.connect import Connection, connect
from tests.browser.sample_days import LAST_DAY, N_DAYS, Row, accounts, day_rows


def fill(database: str) -> None:
    """Publish all days afresh. The warehouse must be migrated."""
    with connect("owner", database) as owner:
        owner.execute("delete from serving.published_day")
        known = accounts()
        for back in range(N_DAYS - 1, -1, -1):
            day = LAST_DAY - timedelta(days=back)
            for table, rows in day_rows(day, back, known).items():
                _insert(owner, table, rows)


def _insert(owner: Connection, table: str, rows: list[Row]) -> None:
    if not rows:
        return
    rows = [_missing_values(owner, table, rows[0]) | row for row in rows]
    names = ", ".join(rows[0])
    with owner.cursor().copy(f"copy serving.{table} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row([json.dumps(v) if isinstance(v, list | dict) else v for v in row.values()])


def _missing_values(owner: Connection, table: str, row: Row) -> Row:
    """Neutral values for required columns that this sample says nothing about."""
    required = owner.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'serving' and table_name = %s and is_nullable = 'NO'",
        (table,),
    )
    neutral: dict[str, Any] = {"jsonb": [], "boolean": False, "text": ""}
    return {str(name): neutral.get(str(kind), 0) for name, kind in required if name not in row}
