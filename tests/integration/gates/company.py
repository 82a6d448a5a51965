"""A small clean company, written straight into raw and marts, for the gates to judge. All of it deterministic."""

from pathlib import Path

import psycopg
import yaml

from config.run import Run
from config.settings import dsn
from tests.integration.gates.days import DAY

ROLES = {
    "crm": ["accounts", "contacts", "users", "opportunities", "interactions", "milestones"],
    "billing": ["subscriptions", "invoices", "payments", "churn_events"],
    "usage": ["usage_events", "usage_daily"],
    "support": ["tickets", "surveys"],
}
RAW = """
insert into raw.accounts (account_id, name, segment, csm_id, created_on, currency, recorded_at, {meta})
select 'A' || i, 'Account ' || i, 'smb', 'C' || i % 4, '2025-06-01', 'USD', '2025-06-01', 'crm', 1, 'a.csv', i
from generate_series(1, 200) as i;
insert into raw.users (csm_id, full_name, email, timezone, send_hour, is_active, created_on, recorded_at, {meta})
select 'C' || i, 'CSM ' || i, 'c' || i || '@example.com', 'UTC', 7.5, true, '2025-06-01', '2025-06-01', 'crm', 1, 'u', i
from generate_series(0, 3) as i;
insert into raw.contacts (contact_id, account_id, full_name, email, recorded_at, {meta})
select 'K' || i, 'A' || i, 'Contact ' || i, 'k' || i || '@example.com', '2025-06-01', 'crm', 1, 'k', i
from generate_series(1, 200) as i;
insert into raw.interactions (interaction_id, account_id, occurred_at, recorded_at, {meta})
select 'I' || i, 'A' || i, '2026-03-02 10:00', '2026-03-02 11:00', 'crm', 1, 'i', i from generate_series(1, 40) as i;
insert into raw.subscriptions (subscription_id, account_id, plan, status, started_on, term_ends_on, billing_period,
    seats, mrr, currency, discount_ratio, is_trial, recorded_at, {meta})
select 'S' || i, 'A' || i, 'Pro', 'active', '2025-06-01', '2026-06-01', 'monthly', 10, 100, 'USD', 0, false,
    '2025-06-01', 'billing', 1, 's', i from generate_series(1, 200) as i;
insert into raw.invoices (invoice_id, account_id, issued_on, due_on, amount, currency, status, recorded_at, {meta})
select 'N' || i, 'A' || i, '2026-03-01', '2026-03-15', 100, 'USD', 'open', '2026-03-01', 'billing', 1, 'n', i
from generate_series(1, 200) as i;
insert into raw.payments (payment_id, account_id, attempted_at, status, amount, currency, recorded_at, {meta})
select 'P' || i, 'A' || i, '2026-03-02 09:00', 'succeeded', 100, 'USD', '2026-03-02 09:01', 'billing', 1, 'p', i
from generate_series(1, 200) as i;
insert into raw.usage_events (event_id, account_id, user_id, event_name, occurred_at, recorded_at, {meta})
select 'E' || to_char(d, 'YYMMDD') || '-' || i, 'A' || 100 + i, 'U' || i, 'login', d + interval '9 hours',
    d + interval '10 hours', 'usage', 1, 'e', i
from generate_series('2026-01-01'::timestamptz, '2026-03-10', '1 day') as d, generate_series(1, 40) as i;
insert into raw.tickets (ticket_id, account_id, priority, status, opened_at, csat, recorded_at, {meta})
select 'T' || i, 'A' || i, 'normal', 'open', '2026-03-05 10:00', 4, '2026-03-05 10:01', 'support', 1, 't', i
from generate_series(1, 40) as i;
insert into raw.surveys (survey_id, account_id, kind, score, answered_at, recorded_at, {meta})
select 'Y' || i, 'A' || i, 'nps', 9, '2026-03-06 10:00', '2026-03-06 10:01', 'support', 1, 'y', i
from generate_series(1, 40) as i;
""".replace("{meta}", "_source, _batch_id, _file, _row_number")

FEATURES = ["seats", "mrr_usd", "events_28d", "events_28d_vs_prior_ratio", "tickets_28d"]
MARTS = """
create table marts.fct_account_days (as_of_date date, account_id text, segment text, lifecycle text, mrr_usd numeric,
    arr_usd numeric, usage_score numeric, health_score numeric, health_coverage_ratio numeric, penalty_v0 numeric,
    points_v0 numeric, weighted_v1 numeric);
create table marts.account_health_daily (as_of_date date, account_id text, profile text, raw_score numeric,
    health_score numeric, coverage_ratio numeric, is_scored boolean);
create table marts.account_health_component_daily (as_of_date date, account_id text, profile text, component text,
    normalised numeric, points numeric);
create table marts.churn_features (as_of_date date, account_id text, segment text, max_recorded_at timestamptz,
    seats float8, mrr_usd float8, events_28d float8, events_28d_vs_prior_ratio float8, tickets_28d float8);
create table marts.churn_labels (
    as_of_date date, account_id text, horizon_days integer, is_churned boolean, closes_on date
);
create table marts.mart_kpi_daily (as_of_date date, segment text, n_accounts bigint, mrr_usd numeric, arr_usd numeric,
    avg_health_score numeric);
create table marts.bridge_account_identity (source text, source_id text, account_id text, method text,
    confidence numeric, valid_from timestamptz, valid_to timestamptz, mrr_usd numeric);
grant select on all tables in schema marts to cs_gate;
insert into marts.bridge_account_identity
select 'crm', 'A' || i, 'A' || i, 'crm_id', 1, '2025-06-01', null, 100 from generate_series(1, 200) as i;
insert into marts.fct_account_days
select d::date, 'A' || i, 'smb', 'active', 100, 1200, 0.5, 70, 0.9, 0.1, 80, 75
from generate_series('2026-03-09'::timestamptz, '2026-03-10', '1 day') as d, generate_series(1, 200) as i;
insert into marts.account_health_daily
select as_of_date, account_id, 'default', 70, 70, 0.9, true from marts.fct_account_days;
insert into marts.account_health_component_daily
select as_of_date, account_id, 'default', 'usage', 0.7, 70 from marts.fct_account_days;
insert into marts.churn_features
select as_of_date, account_id, segment, as_of_date + interval '23 hours', n, n, n, n / 10.0, n % 3
from (select *, row_number() over (partition by as_of_date order by account_id) as n from marts.fct_account_days) as f;
insert into marts.churn_labels
select '2025-10-05'::date, 'A' || i, 90, i % 20 = 0, '2026-01-03' from generate_series(1, 1000) as i;
insert into marts.mart_kpi_daily
select d::date, s, 200, 20000, 240000, 70
from generate_series('2026-03-09'::timestamptz, '2026-03-10', '1 day') as d, unnest(array['all', 'smb']) as s;
"""


def execute(database: str, statements: str) -> None:
    """Run statements as the owner of raw."""
    with psycopg.connect(dsn("owner", database)) as owner:
        owner.execute(statements.encode())


def count_landed(database: str) -> None:
    """Bring ops.landing_day up to what raw holds, as landing does in the transaction of the rows."""
    execute(database, "delete from ops.landing_day")
    for table in (table for tables in ROLES.values() for table in tables):
        execute(
            database,
            f"insert into ops.landing_day select _source, '{table}', (recorded_at at time zone 'UTC')::date, count(*),"
            f" max(recorded_at) from raw.{table} group by 1, 2, 3",
        )


def write_raw(database: str) -> None:
    """Rows of every role, recorded by DAY, and landing's word that all of it came."""
    for source in ROLES:
        execute(database, f"select raw.ensure_source('{source}')")
    execute(database, RAW)
    count_landed(database)
    states = [
        f"('{DAY}'::date - {ago}, '{source}', '{table}', 'ok', 200, 0)"
        for ago in (0, 1)
        for source, tables in ROLES.items()
        for table in tables
    ]
    columns = "(as_of_date, source, table_name, state, n_rows, n_rejected)"
    execute(database, f"insert into ops.source_state {columns} values {', '.join(states)}")


def write_marts(database: str) -> None:
    """Two days of the marts that gate 2 reads, as dbt's role would leave them."""
    with psycopg.connect(dsn("transformer", database)) as transformer:
        transformer.execute(MARTS)


def change_marts(database: str, statements: str) -> None:
    """Run statements as dbt's role, which owns the marts."""
    with psycopg.connect(dsn("transformer", database)) as transformer:
        transformer.execute(statements.encode())


def run_of(database: str, directory: Path) -> Run:
    """The company's run of DAY, with a sources file that lists every source."""
    path = directory / "sources.yml"
    listed = [{"name": role, "type": "files", "role": role, "tables": tables} for role, tables in ROLES.items()]
    path.write_text(yaml.safe_dump({"warehouse": database, "sources": listed}), encoding="utf-8")
    return Run(DAY, path)


def findings_of(database: str, gate: str) -> dict[str, tuple[str, bool, int, int, str]]:
    """What the gate wrote: check -> (severity, passed, checked, failing, message)."""
    with psycopg.connect(dsn("owner", database)) as owner:
        rows = owner.execute(
            "select check_id, severity, passed, n_checked, n_failing, message from ops.dq_run_verdict where gate = %s",
            (gate,),
        )
        return {row[0]: row[1:] for row in rows}


def verdict_of(database: str, gate: str) -> tuple[str, list[str]]:
    """The verdict that the gate wrote, and its reasons."""
    with psycopg.connect(dsn("owner", database)) as owner:
        return owner.execute("select verdict, reasons from ops.gate_verdict where gate = %s", (gate,)).fetchone()
