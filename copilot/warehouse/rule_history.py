"""What every past day shows for one rule, and who left when: the material of a rule's back-test."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import cast

from psycopg import sql

from config.settings import ConfigError
from copilot.decide.alert import Sighting
from copilot.decide.backtest import Card, History, card, episodes
from copilot.decide.rules import CheckedRule
from copilot.warehouse.connect import Connection, connect
from copilot.warehouse.relation import relation_parameters, relation_sql

BATCH_ROWS = 10000


def backtest(checked: CheckedRule, database: str, until: date) -> Card:
    """Replay the rule over every day that the marts hold, up to `until`. Raises ConfigError when there is none."""
    with connect("decider", database) as decider:
        history = _history(decider, until)
        days = _days(decider, checked, history)
        return card(checked.rule.id, episodes(checked.rule, days), history)


def _history(decider: Connection, until: date) -> History:
    found = decider.execute(
        """select min(as_of_date), max(as_of_date), count(distinct csm_id)
        from marts.fct_account_days where as_of_date <= %s""",
        (until,),
    ).fetchone()
    if found is None or found[0] is None:
        raise ConfigError(f"marts.fct_account_days has no day up to {until}: build some with `copilot backfill`")
    departures: dict[str, list[date]] = {}
    for account_id, left_on in decider.execute(
        """select distinct account_id, event_on from marts.churn_labels
        where is_churned and event_on <= %s order by account_id, event_on""",
        (until,),
    ):
        departures.setdefault(cast(str, account_id), []).append(cast(date, left_on))
    return History(cast(date, found[0]), cast(date, found[1]), cast(int, found[2]), departures)


def _days(decider: Connection, checked: CheckedRule, history: History) -> Iterator[tuple[date, dict[str, Sighting]]]:
    """Each day's sightings. Rows stream from the server: a long history never stands in memory."""
    query = relation_sql() + sql.SQL(
        " select as_of_date, account_id, {} as is_firing, {} as is_clear from relation order by as_of_date"
    ).format(sql.SQL(checked.fires_sql), sql.SQL(checked.clears_sql))
    with decider.cursor(name="rule_history") as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(query, relation_parameters(history.first, history.last))
        for day, rows in groupby(cursor, key=lambda row: row[0]):
            yield cast(date, day), {cast(str, row[1]): _sighting(row) for row in rows}


def _sighting(row: tuple[object, ...]) -> Sighting:
    return Sighting(cast(str, row[1]), cast(bool | None, row[2]), cast(bool | None, row[3]))
