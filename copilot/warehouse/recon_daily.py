"""ops.recon_daily: what was compared of a run's day, written whole for a source, and read for people."""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import date, datetime
from typing import Any, NamedTuple

from copilot.reconcile.compare import Line
from copilot.warehouse.connect import Connection, hold_lock


class Shown(NamedTuple):
    """One comparison of a run as people see it. `off_since` is the first run since which its table has been off."""

    source: str
    table: str
    day: date
    measure: str
    currency: str
    source_total: Any
    raw_good: Any
    raw_rejected: Any
    excluded: Any
    mart_total: Any
    verdict: str
    message: str
    off_since: date | None


def write(connection: Connection, as_of: date, source: str, found: Iterable[Line], at: datetime) -> None:
    """Replace what was known of the source on that day; equal figures keep the moment of their first measuring."""
    hold_lock(connection, f"copilot:recon:{as_of}:{source}")
    rows = [(as_of, source, *astuple(line), at) for line in found]
    kept = connection.execute(_KEPT, (as_of, source)).fetchall()
    since = {row[:-1]: row[-1] for row in kept}
    connection.execute("delete from ops.recon_daily where as_of_date = %s and source = %s", (as_of, source))
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [(*row[:-1], since.get(row[2:-1], at)) for row in rows])


_KEPT = """select table_name, day, dated_by, measure, currency, source_total, raw_good, raw_rejected, excluded,
    mart_total, verdict, message, measured_at
from ops.recon_daily where as_of_date = %s and source = %s"""
_INSERT = """insert into ops.recon_daily (
    as_of_date, source, table_name, day, dated_by, measure, currency, source_total, raw_good, raw_rejected, excluded,
    mart_total, verdict, message, measured_at
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""


def of_run(connection: Connection, as_of: date) -> list[Shown]:
    """Every comparison of a run, by source, table and day, the newest day first."""
    rows = connection.execute(
        """select source, table_name, day, measure, currency, source_total, raw_good, raw_rejected, excluded,
            mart_total, verdict, message, off_since
        from serving.recon_day where as_of_date = %s
        order by source, table_name, day desc, measure desc, currency""",
        (as_of,),
    )
    return [Shown(*row) for row in rows]  # type: ignore[arg-type]
