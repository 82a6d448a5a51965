"""Past Sundays' scores with what became of the accounts: the material of `copilot health validate` and `fit`."""

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from copilot.health.week import Week
from copilot.warehouse.connect import connect

# Who had left, or had given notice, on the Sunday has no label and is not judged.
_WEEKS = """
select w.as_of_date, w.account_id, w.profile, w.computed_score::float8, closed.is_churned, later.event_on
    {parts}
from marts.account_health_weekly as w
left join marts.churn_labels as closed
    on closed.as_of_date = w.as_of_date and closed.account_id = w.account_id and closed.horizon_days = %(horizon)s
left join marts.churn_labels as later
    on later.as_of_date = w.as_of_date and later.account_id = w.account_id and later.horizon_days = 90
where w.is_scored and w.as_of_date >= %(since)s and w.as_of_date <= %(until)s
    and coalesce(closed.account_id, later.account_id) is not null
order by w.as_of_date, w.account_id
"""


def weeks(database: str, since: date, until: date, horizon_days: int, *, with_parts: bool = False) -> list[Week]:
    """Every scored account-week between the two days (inclusive) whose outcome is known for some horizon."""
    return list(_read(database, {"since": since, "until": until, "horizon": horizon_days}, with_parts=with_parts))


def newest_day(database: str) -> date | None:
    """The newest day whose account days were built; None in a warehouse where none was, not even an empty one."""
    with connect("decider", database) as decider:
        exists = decider.execute("select to_regclass('marts.fct_account_days') is not null").fetchone()
        if exists is None or not exists[0]:
            return None
        found = decider.execute("select max(as_of_date) from marts.fct_account_days").fetchone()
    return cast("date | None", found[0] if found else None)


def _read(database: str, given: dict[str, Any], *, with_parts: bool) -> Iterator[Week]:
    statement = _WEEKS.format(parts=", w.normalised" if with_parts else "")
    with connect("decider", database) as decider, decider.cursor("health_weeks") as cursor:
        cursor.itersize = 10_000
        cursor.execute(statement.encode(), given)
        for row in cursor:
            yield Week(*cast("tuple[Any, ...]", row))
