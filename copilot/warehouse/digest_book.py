"""What the digest reads of `serving`, and what the last digest told. Login: mailer, and nothing is written here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from psycopg.rows import class_row

from copilot.digest.book import Account, Alert, Csm, LastSent, Published, Told, told_from_json
from copilot.digest.facts import sentences
from copilot.warehouse.connect import Connection


def published_day(connection: Connection, as_of: date) -> Published | None:
    """The day as published, or None when it is not."""
    row = connection.execute(
        """select as_of_date, run_id, verdict, reasons, model_mode, model_version, model_note, n_sources_fresh,
            n_sources
        from serving.published_day where as_of_date = %s""",
        (as_of,),
    ).fetchone()
    if row is None:
        return None
    values = cast(tuple[Any, ...], row)
    return Published(values[0], values[1], values[2], tuple(sentences(values[3])), *values[4:])


def newest_day(connection: Connection, until: date) -> date | None:
    """The newest published day up to and including `until`."""
    row = connection.execute(
        "select max(as_of_date) from serving.published_day where as_of_date <= %s", (until,)
    ).fetchone()
    return cast(date | None, row[0]) if row else None


def csms_with_a_book(connection: Connection, as_of: date) -> list[Csm]:
    """The active CSMs who own at least one account that has not left, by id."""
    with connection.cursor(row_factory=class_row(Csm)) as cursor:
        return cursor.execute(
            """select c.csm_id, c.full_name, c.email, c.timezone, c.send_hour
            from serving.csm as c
            where c.as_of_date = %(day)s and c.is_active and exists (
                select 1 from serving.account_day as a
                where a.as_of_date = %(day)s and a.csm_id = c.csm_id and a.lifecycle <> 'churned'
            )
            order by c.csm_id""",
            {"day": as_of},
        ).fetchall()


def accounts_of(connection: Connection, csm_id: str, as_of: date) -> tuple[Account, ...]:
    """The CSM's accounts of the day with their unresolved alerts, by account id."""
    who = {"day": as_of, "csm": csm_id}
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        accounts = cursor.execute(
            """select account_id, name, lifecycle, arr_usd, contract_end_on, days_to_renewal, tenure_days, health_score,
                health_coverage_ratio, health_delta_1d, churn_probability, churn_probability_low,
                churn_probability_high, churn_probability_before, risk_band, priority_usd, reasons, next_step,
                last_login_days_ago, active_users_28d, active_users_prior_28d, tickets_urgent_open,
                failed_payments_30d, days_past_due, champion_last_seen_days_ago
            from serving.account_day where as_of_date = %(day)s and csm_id = %(csm)s order by account_id""",
            who,
        ).fetchall()
    alerts: dict[str, list[Alert]] = {}
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        for alert in cursor.execute(
            """select l.alert_id, l.account_id, l.reason_key, l.severity, l.state, l.days_open, l.due_on, l.is_overdue,
                l.message
            from serving.alert_day as l
            inner join serving.account_day as a on l.as_of_date = a.as_of_date and l.account_id = a.account_id
            where l.as_of_date = %(day)s and a.csm_id = %(csm)s and l.state <> 'resolved'
            order by l.alert_id""",
            who,
        ):
            alerts.setdefault(alert.account_id, []).append(alert)
    return tuple(_with_alerts(account, tuple(alerts.get(account.account_id, ()))) for account in accounts)


def _with_alerts(account: Account, alerts: tuple[Alert, ...]) -> Account:
    return replace(account, alerts=alerts)


def last_sent(connection: Connection, csm_id: str, kind: str, before: date) -> LastSent | None:
    """The newest digest that the mail server took, of a day before `before`."""
    row = connection.execute(
        """select l.local_date, l.as_of_date, l.arr_at_risk_usd, l.told
        from ops.digest_log as l
        inner join ops.digest_outbox as o
            on l.csm_id = o.csm_id and l.local_date = o.local_date and l.kind = o.kind
        where l.csm_id = %s and l.kind = %s and l.as_of_date < %s and l.decision = 'mail' and o.state = 'sent'
        order by l.local_date desc limit 1""",
        (csm_id, kind, before),
    ).fetchone()
    if row is None:
        return None
    local_date, as_of, at_risk, told = cast(tuple[date, date, Decimal, dict[str, Any]], row)
    return LastSent(local_date, as_of, at_risk, {account: told_from_json(value) for account, value in told.items()})


def restated(connection: Connection, told: Mapping[str, Told]) -> dict[str, Told]:
    """For every account told: the same day as `serving` has it now; days no longer published are left out."""
    accounts = sorted(told)
    rows = connection.execute(
        """select t.account_id, a.arr_usd, a.risk_band, a.churn_probability, a.health_score
        from unnest(%s::text[], %s::date[]) as t (account_id, as_of_date)
        inner join serving.account_day as a on t.account_id = a.account_id and t.as_of_date = a.as_of_date""",
        (accounts, [told[account].as_of for account in accounts]),
    ).fetchall()
    now = {}
    for account, arr, band, probability, health in cast(list[tuple[Any, ...]], rows):
        now[account] = replace(told[account], arr_usd=arr, risk_band=band, probability=probability, health=health)
    return now


def wants_digest(connection: Connection, csm_id: str) -> bool:
    """Whether the CSM's last wish is to get the digest; without a wish, yes."""
    row = connection.execute(
        "select wants_digest from ops.digest_wish where csm_id = %s order by digest_wish_id desc limit 1", (csm_id,)
    ).fetchone()
    return row is None or bool(row[0])
