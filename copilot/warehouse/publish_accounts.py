"""The day's account rows: what the marts and the model say, judged by copilot.decide.risk."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import dict_row

from config.risk import RiskPolicy, load_risk_policy
from copilot.decide.risk import (
    OpenAlert,
    Standing,
    expected_loss_usd,
    next_step,
    priority_usd,
    reasons,
    risk_band,
    worst_severity,
)
from copilot.warehouse.connect import Connection
from copilot.warehouse.relation import SCORE_JOINS, SCORED_DAYS, relation_parameters

# Columns taken over as they are, with the type that the published table gives them.
_TAKEN: dict[str, str] = {
    **dict.fromkeys(("name", "segment", "tier", "region", "csm_id", "lifecycle"), "text"),
    "contract_end_on": "date",
    **dict.fromkeys(("days_to_renewal", "tenure_days"), "integer"),
    **dict.fromkeys(("health_profile", "health_band"), "text"),
    **dict.fromkeys(("health_score", "health_coverage_ratio"), "numeric"),
    **dict.fromkeys(("health_delta_1d", "health_delta_7d", "health_delta_30d"), "numeric"),
    **dict.fromkeys(("last_login_days_ago", "active_users_28d", "active_users_prior_28d", "seats"), "integer"),
    **dict.fromkeys(("tickets_open", "tickets_urgent_open", "failed_payments_30d", "days_past_due"), "integer"),
    **dict.fromkeys(("champion_last_seen_days_ago", "last_touch_days_ago"), "integer"),
}
_QUERY: LiteralString = """
with {scored_days}
select
    f.as_of_date, f.account_id, '' as run_id, c.full_name as csm_name,
    coalesce(f.mrr_usd, 0) as mrr_usd, coalesce(f.arr_usd, 0) as arr_usd,
    s.p_calibrated as churn_probability, s.p_low as churn_probability_low, s.p_high as churn_probability_high,
    b.p_calibrated as churn_probability_before, s.decile as churn_decile, s.reason_1, s.reason_2, s.reason_3,
    {taken}
from marts.fct_account_days as f
inner join scored_days as d on f.as_of_date = d.as_of_date {joins}
left join marts.dim_csm as c on f.as_of_date = c.as_of_date and f.csm_id = c.csm_id
where f.as_of_date = %(first)s
order by f.account_id"""


def fill_accounts(connection: Connection, day: date) -> None:
    """Fill pg_temp.account_day from the marts, the scores and pg_temp.alert_day."""
    columns = [
        str(row[0])
        for row in connection.execute(
            """select attname from pg_attribute
            where attrelid = 'serving.account_day'::regclass and attnum > 0 and not attisdropped order by attnum"""
        )
    ]
    copy = sql.SQL("copy pg_temp.account_day ({}) from stdin").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    rows = list(_account_rows(connection, day))
    with connection.cursor() as cursor, cursor.copy(copy) as stream:
        for row in rows:
            stream.write_row([row[column] for column in columns])


def _account_rows(connection: Connection, day: date) -> Iterator[dict[str, Any]]:
    taken = [
        sql.SQL("{}::{} as {}").format(sql.Identifier("f", name), sql.SQL(kind), sql.Identifier(name))
        for name, kind in _TAKEN.items()
    ]
    query = sql.SQL(_QUERY).format(
        scored_days=sql.SQL(SCORED_DAYS), joins=sql.SQL(SCORE_JOINS), taken=sql.SQL(", ").join(taken)
    )
    alerts = _open_alerts(connection)
    policy = load_risk_policy()
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query, relation_parameters(day, day)):
            yield {**row, **_judged(policy, row, tuple(alerts[row["account_id"]]), day)}


def _open_alerts(connection: Connection) -> dict[str, list[OpenAlert]]:
    """Alerts that are not over, by account. Snoozed and acknowledged ones still stand for the account's risk."""
    found: dict[str, list[OpenAlert]] = defaultdict(list)
    query = """select account_id, severity, due_on, message, suggested_actions, evidence
        from pg_temp.alert_day where state <> 'resolved' order by account_id, alert_id"""
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query):
            found[row["account_id"]].append(
                OpenAlert(
                    severity=row["severity"],
                    due_on=row["due_on"],
                    message=row["message"],
                    actions=tuple(row["suggested_actions"]),
                    evidence=tuple(row["evidence"]),
                )
            )
    return found


def _judged(policy: RiskPolicy, row: dict[str, Any], alerts: tuple[OpenAlert, ...], day: date) -> dict[str, Any]:
    standing = Standing(
        lifecycle=row["lifecycle"],
        arr_usd=Decimal(row["arr_usd"]),
        churn_probability=row["churn_probability"],
        health_band=row["health_band"],
        days_to_renewal=row["days_to_renewal"],
        alerts=alerts,
    )
    said = [row[name] for name in ("reason_1", "reason_2", "reason_3") if row[name]]
    return {
        "risk_band": risk_band(policy, standing),
        "expected_loss_usd": expected_loss_usd(standing),
        "priority_usd": priority_usd(policy, standing, day),
        "n_open_alerts": len(alerts),
        "worst_severity": worst_severity(alerts),
        "reasons": json.dumps(reasons(standing, said), allow_nan=False),
        "next_step": next_step(policy, standing),
    }
