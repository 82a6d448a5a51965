"""Alerts in the database: what a day shows for every rule, the state that it starts from, and what it leaves behind."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString, cast

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from copilot.decide.alert import Alert, Fact, Feedback, Outcome, Sighting
from copilot.decide.rules import CheckedRule, evidence, told
from copilot.warehouse.connect import Connection
from copilot.warehouse.relation import relation_parameters, relation_sql

Key = tuple[str, str]

_ALERT_COLUMNS = tuple(field.name for field in fields(Alert))


@dataclass(frozen=True)
class DayFacts:
    """What must be known of a day before it may move alerts."""

    n_accounts: int
    held_by: tuple[str, ...]


def day_facts(connection: Connection, day: date) -> DayFacts:
    """How many accounts the day has, and which gates hold it."""
    counted = connection.execute("select count(*) from marts.fct_account_days where as_of_date = %s", (day,)).fetchone()
    held = connection.execute(
        "select gate from ops.gate_verdict where as_of_date = %s and verdict = 'HOLD' order by gate", (day,)
    )
    return DayFacts(cast(int, counted[0]) if counted else 0, tuple(str(row[0]) for row in held))


def sightings(
    connection: Connection, rules: Sequence[CheckedRule], day: date, watched: Iterable[Key]
) -> dict[Key, Sighting]:
    """What `day` shows, by (account, reason): each account on which a rule fires, and each that is watched.

    A watched key without a sighting is an account that is no customer any more.
    """
    wanted = set(watched)
    parameters = {**relation_parameters(day, day), "accounts": sorted({account for account, _ in wanted})}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_sightings_sql(rules), parameters).fetchall() if rules else []
    found = {}
    for row in rows:
        for number, checked in enumerate(rules):
            key = (str(row["account_id"]), checked.rule.reason_key)
            if row[f"fires_{number}"] or key in wanted:
                found[key] = _sighting(checked, number, row)
    return found


def _sightings_sql(rules: Sequence[CheckedRule]) -> sql.Composed:
    verdicts, fires = [], []
    for number, checked in enumerate(rules):
        condition = sql.SQL(checked.fires_sql)
        clear = sql.SQL(checked.clears_sql)
        names = sql.Identifier(f"fires_{number}"), sql.Identifier(f"clears_{number}")
        verdicts.append(sql.SQL("{} as {}, {} as {}").format(condition, names[0], clear, names[1]))
        fires.append(condition)
    return relation_sql() + sql.SQL(
        " select *, {} from relation where ({}) is true or account_id = any(%(accounts)s) order by account_id"
    ).format(sql.SQL(", ").join(verdicts), sql.SQL(" or ").join(fires))


def _sighting(checked: CheckedRule, number: int, row: dict[str, Any]) -> Sighting:
    measure = checked.rule.measure
    return Sighting(
        account_id=row["account_id"],
        is_firing=row[f"fires_{number}"],
        is_clear=row[f"clears_{number}"],
        value=row[measure.column] if measure else None,
        message=told(checked.rule.message, row),
        evidence=evidence(checked, row),
        owner_csm_id=row["csm_id"],
        arr_usd=row["arr_usd"] if row["arr_usd"] is not None else Decimal(0),
    )


def alerts_before(connection: Connection, day: date, remembered_days: int) -> dict[Key, Alert]:
    """The last known alert of each account and reason on the latest decided day before `day`.

    An alert that is not over has a row on every decided day; one that is over is remembered from the day of its end,
    as long as any cooldown can last.
    """
    query: LiteralString = """
        with latest as (select max(as_of_date) as as_of_date from ops.alert_day where as_of_date < %(day)s)
        select distinct on (a.account_id, a.reason_key) a.*
        from ops.alert_day as a cross join latest
        where a.as_of_date <= latest.as_of_date and a.as_of_date >= latest.as_of_date - %(remembered)s::integer
            and (a.as_of_date = latest.as_of_date or a.state = 'resolved')
        order by a.account_id, a.reason_key, a.as_of_date desc, (a.state = 'resolved'), a.opened_on desc
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, {"day": day, "remembered": remembered_days}).fetchall()
    return {(row["account_id"], row["reason_key"]): _alert(row) for row in rows}


def _alert(row: dict[str, Any]) -> Alert:
    values = {name: row[name] for name in _ALERT_COLUMNS if name != "evidence"}
    return Alert(**values, evidence=tuple(Fact(**fact) for fact in row["evidence"]))


def last_feedback(connection: Connection, cutoff: datetime) -> dict[str, Feedback]:
    """The last answer to each alert that was in before `cutoff`."""
    rows = connection.execute(
        """select distinct on (alert_id) alert_id, feedback_id, kind from ops.feedback
        where received_at < %s order by alert_id, feedback_id desc""",
        (cutoff,),
    )
    return {cast(str, row[0]): Feedback(cast(int, row[1]), cast(Any, row[2])) for row in rows}


def store(connection: Connection, day: date, outcomes: Sequence[Outcome], actions: dict[str, Any]) -> None:
    """Replace what `day` left behind: alerts that are not over or were changed that day, and its events.

    actions: what to suggest, by reason.
    """
    kept = [(o.alert, o.changes) for o in outcomes if o.alert is not None and (o.changes or not o.alert.is_over)]
    columns = ["as_of_date", *_ALERT_COLUMNS, "suggested_actions"]
    insert = sql.SQL("insert into ops.alert_day ({}) values ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    )
    with connection.cursor() as cursor:
        cursor.execute("delete from ops.alert_event where as_of_date = %s", (day,))
        cursor.execute("delete from ops.alert_day where as_of_date = %s", (day,))
        cursor.executemany(insert, [_row(day, alert, actions.get(alert.reason_key, [])) for alert, _ in kept])
        cursor.executemany(
            "insert into ops.alert_event (as_of_date, alert_id, event, detail) values (%s, %s, %s, %s)",
            [(day, alert.alert_id, change.event, change.detail) for alert, changes in kept for change in changes],
        )


def _row(day: date, alert: Alert, actions: Any) -> tuple[Any, ...]:
    values = [getattr(alert, name) for name in _ALERT_COLUMNS]
    values[_ALERT_COLUMNS.index("evidence")] = _json([asdict(fact) for fact in alert.evidence])
    return (day, *values, _json(actions))


def _json(value: Any) -> Jsonb:
    return Jsonb(value, dumps=lambda plain: json.dumps(plain, allow_nan=False))
