"""One account's health on its newest day: the score, its components, and why it is not yesterday's."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from psycopg.rows import dict_row

from copilot.warehouse.connect import connect

Row = dict[str, Any]


@dataclass(frozen=True)
class AccountHealth:
    """day: columns of fct_account_days and coverage; components: of the shown profile; lines: of the waterfall."""

    day: Row
    components: tuple[Row, ...]
    lines: tuple[tuple[str, Decimal], ...]


def account_health(database: str, account_id: str, until: date) -> AccountHealth | None:
    """The newest day of the account up to `until`; None when there is none."""
    with connect("decider", database) as decider, decider.cursor(row_factory=dict_row) as cursor:
        day = cursor.execute(
            """select * from marts.fct_account_days where account_id = %s and as_of_date <= %s
            order by as_of_date desc limit 1""",
            (account_id, until),
        ).fetchone()
        if day is None:
            return None
        key = (day["account_id"], day["as_of_date"])
        components = cursor.execute(
            """select component, raw_value, normalised, weight, known_ratio, points
            from marts.account_health_component_daily where account_id = %s and as_of_date = %s and profile = %s
            order by weight desc, component""",
            (*key, day["health_profile"]),
        ).fetchall()
        lines = cursor.execute(
            """select line, points from marts.account_health_waterfall_daily
            where account_id = %s and as_of_date = %s order by abs(points) desc, line""",
            key,
        ).fetchall()
    moved = tuple((str(line["line"]), cast(Decimal, line["points"])) for line in lines)
    return AccountHealth(day, tuple(components), moved)
