"""The day's candidate rows that SQL alone can make: each fills a temporary table named like the published one.

Parameters: as_of, events (weightiest first), and the health bands that count as healthy, watch and at_risk.
"""

from typing import LiteralString

# A name of its own in mart_kpi_daily's sense; a segment that is really called so keeps apart.
ALL = "all"

_CSM: LiteralString = """
insert into pg_temp.csm
select %(as_of)s, csm_id, full_name, email, timezone, send_hour, manager_id, is_active from marts.dim_csm
where as_of_date = %(as_of)s"""

_ALERTS: LiteralString = """
insert into pg_temp.alert_day
with event as (
    select distinct on (alert_id) alert_id, event, detail
    from ops.alert_event where as_of_date = %(as_of)s
    order by alert_id, array_position(%(events)s::text[], event)
)
select
    a.as_of_date, a.alert_id, a.account_id, f.name, f.segment, f.region, a.owner_csm_id, c.full_name,
    a.reason_key, a.rule_id, a.severity, a.state, coalesce(event.event, 'none'), coalesce(event.detail, ''),
    a.opened_on, a.as_of_date - a.opened_on, a.due_on, a.state <> 'resolved' and a.due_on < a.as_of_date,
    a.arr_at_risk, a.message, a.suggested_actions, a.evidence
from ops.alert_day as a
left join event on a.alert_id = event.alert_id
left join marts.fct_account_days as f on a.as_of_date = f.as_of_date and a.account_id = f.account_id
left join marts.dim_csm as c on a.as_of_date = c.as_of_date and a.owner_csm_id = c.csm_id
where a.as_of_date = %(as_of)s"""

_COMPONENTS: LiteralString = """
insert into pg_temp.health_component_day
select
    h.as_of_date, h.account_id, h.profile, h.component, h.raw_value, h.normalised, h.weight, h.points,
    h.points - before.points
from marts.account_health_component_daily as h
left join marts.account_health_component_daily as before
    on
        before.as_of_date = %(as_of)s::date - 1 and h.account_id = before.account_id
        and h.profile = before.profile and h.component = before.component
where h.as_of_date = %(as_of)s"""

_CHECKS: LiteralString = """
insert into pg_temp.dq_verdict_day
select as_of_date, gate, check_id, subject, severity, passed, n_checked, n_failing, message
from ops.dq_run_verdict where as_of_date = %(as_of)s"""

_SOURCES: LiteralString = """
insert into pg_temp.source_day
select as_of_date, source, table_name, state, n_rows, n_rejected, newest_recorded_at, message
from ops.source_state where as_of_date = %(as_of)s"""

# Of the model that scored the day, else of the newest known by then: its figures say why there is no forecast.
_PERFORMANCE: LiteralString = """
insert into pg_temp.model_performance
select
    %(as_of)s, p.model_version, p.candidate, p.horizon_days, p.window_start, p.window_end, p.n, p.n_churned,
    p.base_rate, p.pr_auc, p.roc_auc, p.lift_top_decile, p.recall_top_decile, p.brier, p.log_loss, p.calibration_error
from ml.model_performance as p
where p.model_version = coalesce(
    (select s.model_version from ml.scored_day as s where s.as_of_date = %(as_of)s),
    (
        select m.model_version from ml.model as m where m.trained_as_of <= %(as_of)s
        order by m.trained_as_of desc, m.model_version desc limit 1
    )
)"""

_KPIS: LiteralString = """
insert into pg_temp.kpi_day
with account as (
    select
        *,
        case coalesce(segment, 'unknown') when 'all' then 'all (segment)' else coalesce(segment, 'unknown') end as part
    from pg_temp.account_day where lifecycle <> 'churned'
),
money as (
    select
        coalesce(part, 'all') as segment,
        count(*) as n_accounts,
        count(*) filter (where health_band = any(%(healthy)s::text[])) as n_healthy,
        count(*) filter (where health_band = any(%(watch)s::text[])) as n_watch,
        count(*) filter (where health_band = any(%(at_risk)s::text[])) as n_at_risk,
        coalesce(sum(arr_usd), 0) as arr_usd,
        coalesce(sum(arr_usd) filter (where risk_band in ('critical', 'high')), 0) as arr_at_risk_usd,
        coalesce(sum(expected_loss_usd), 0) as expected_loss_usd,
        round(avg(health_score), 2) as avg_health_score
    from account
    group by grouping sets ((), (part))
),
-- An alert that ended because its account left is no alert of a customer: it counts in `all` only.
alert as (
    select
        coalesce(account.part, 'all') as segment,
        count(*) filter (where a.state <> 'resolved') as n_open,
        count(*) filter (where a.state <> 'resolved' and a.severity = 'critical') as n_critical,
        count(*) filter (where a.event in ('raised', 'reopened')) as n_raised,
        count(*) filter (where a.state = 'resolved') as n_resolved
    from pg_temp.alert_day as a
    left join account on a.account_id = account.account_id
    group by grouping sets ((), (account.part))
    having grouping(account.part) = 1 or account.part is not null
)
select
    %(as_of)s, money.segment, money.n_accounts, money.n_healthy, money.n_watch, money.n_at_risk,
    money.n_accounts - money.n_healthy - money.n_watch - money.n_at_risk,
    money.arr_usd, money.arr_at_risk_usd, money.expected_loss_usd,
    coalesce(alert.n_open, 0), coalesce(alert.n_critical, 0), coalesce(alert.n_raised, 0),
    coalesce(alert.n_resolved, 0), money.avg_health_score
from money
left join alert on money.segment = alert.segment"""

# Accounts are judged by their alerts, and the figures are sums over both: alerts, accounts (in Python), figures.
BEFORE_ACCOUNTS: tuple[LiteralString, ...] = (_CSM, _ALERTS)
AFTER_ACCOUNTS: tuple[LiteralString, ...] = (_COMPONENTS, _CHECKS, _SOURCES, _PERFORMANCE, _KPIS)
