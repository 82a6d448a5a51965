-- All that readers see. Written only by publish, in one transaction a day; no wall-clock value, so that an
-- undisturbed run and a killed and repeated one hash alike. Readers' views are security_invoker.

create table serving.published_day (
    as_of_date date primary key,
    run_id text not null,
    revision integer not null,
    verdict text not null check (verdict in ('PASS', 'DEGRADED')),
    reasons jsonb not null,
    model_mode text not null check (model_mode in ('model', 'rules_only')),
    model_version text,
    model_note text not null,
    n_accounts bigint not null,
    n_sources_fresh bigint not null,
    n_sources bigint not null,
    content_sha256 text not null
);

create table serving.csm (
    as_of_date date not null references serving.published_day on delete cascade,
    csm_id text not null,
    full_name text,
    email text,
    timezone text,
    send_hour numeric,
    manager_id text,
    is_active boolean,
    primary key (as_of_date, csm_id)
);

create table serving.account_day (
    as_of_date date not null references serving.published_day on delete cascade,
    account_id text not null,
    run_id text not null,
    name text,
    segment text,
    tier text,
    region text,
    csm_id text,
    csm_name text,
    lifecycle text not null,
    mrr_usd numeric not null,
    arr_usd numeric not null,
    contract_end_on date,
    days_to_renewal integer,
    tenure_days integer,
    health_profile text,
    health_score numeric check (health_score between 0 and 100),
    health_band text,
    health_coverage_ratio numeric,
    health_delta_1d numeric,
    health_delta_7d numeric,
    health_delta_30d numeric,
    churn_probability double precision check (churn_probability between 0 and 1),
    churn_probability_low double precision,
    churn_probability_high double precision,
    churn_probability_before double precision,
    churn_decile integer,
    risk_band text not null check (risk_band in ('critical', 'high', 'medium', 'low', 'unknown')),
    expected_loss_usd numeric,
    priority_usd numeric not null,
    n_open_alerts integer not null,
    worst_severity text,
    reasons jsonb not null,
    next_step text not null,
    last_login_days_ago integer,
    active_users_28d integer,
    active_users_prior_28d integer,
    seats integer,
    tickets_open integer,
    tickets_urgent_open integer,
    failed_payments_30d integer,
    days_past_due integer,
    champion_last_seen_days_ago integer,
    last_touch_days_ago integer,
    primary key (as_of_date, account_id)
);
create index on serving.account_day (as_of_date, csm_id);
create index on serving.account_day (account_id, as_of_date);

create table serving.health_component_day (
    as_of_date date not null references serving.published_day on delete cascade,
    account_id text not null,
    profile text not null,
    component text not null,
    raw_value numeric,
    normalised numeric,
    weight numeric,
    points numeric,
    points_change_1d numeric,
    primary key (as_of_date, account_id, profile, component)
);
create index on serving.health_component_day (account_id, as_of_date);

create table serving.alert_day (
    as_of_date date not null references serving.published_day on delete cascade,
    alert_id text not null,
    account_id text not null,
    account_name text,
    segment text,
    region text,
    csm_id text,
    csm_name text,
    reason_key text not null,
    rule_id text not null,
    severity text not null,
    state text not null,
    event text not null,
    event_detail text not null,
    opened_on date not null,
    days_open integer not null,
    due_on date not null,
    is_overdue boolean not null,
    arr_at_risk_usd numeric not null,
    message text not null,
    suggested_actions jsonb not null,
    evidence jsonb not null,
    primary key (as_of_date, alert_id)
);
create index on serving.alert_day (account_id, as_of_date);

create table serving.kpi_day (
    as_of_date date not null references serving.published_day on delete cascade,
    segment text not null,
    n_accounts bigint not null,
    n_healthy bigint not null,
    n_watch bigint not null,
    n_at_risk bigint not null,
    n_unscored bigint not null,
    arr_usd numeric not null,
    arr_at_risk_usd numeric not null,
    expected_loss_usd numeric not null,
    n_alerts_open bigint not null,
    n_alerts_critical bigint not null,
    n_alerts_raised bigint not null,
    n_alerts_resolved bigint not null,
    avg_health_score numeric,
    primary key (as_of_date, segment)
);

create table serving.dq_verdict_day (
    as_of_date date not null references serving.published_day on delete cascade,
    gate text not null,
    check_id text not null,
    subject text not null,
    severity text not null,
    passed boolean not null,
    n_checked bigint not null,
    n_failing bigint not null,
    message text not null,
    primary key (as_of_date, gate, check_id)
);

create table serving.source_day (
    as_of_date date not null references serving.published_day on delete cascade,
    source text not null,
    table_name text not null,
    state text not null,
    n_rows bigint not null,
    n_rejected bigint not null,
    newest_recorded_at timestamptz,
    message text not null,
    primary key (as_of_date, source, table_name)
);

create table serving.model_performance (
    as_of_date date not null references serving.published_day on delete cascade,
    model_version text not null,
    candidate text not null,
    horizon_days integer not null,
    window_start date not null,
    window_end date not null,
    n bigint not null,
    n_churned bigint not null,
    base_rate double precision not null,
    pr_auc double precision not null,
    roc_auc double precision not null,
    lift_top_decile double precision not null,
    recall_top_decile double precision not null,
    brier double precision,
    log_loss double precision,
    calibration_error double precision,
    primary key (as_of_date, model_version, candidate, horizon_days, window_start, window_end)
);

grant select, insert, update, delete on all tables in schema serving to cs_publisher;
grant select on all tables in schema serving to cs_mailer;
-- Boards see people by their CSM only, never a CSM's address.
grant select
on serving.published_day, serving.account_day, serving.health_component_day, serving.alert_day, serving.kpi_day,
serving.dq_verdict_day, serving.source_day, serving.model_performance to cs_bi;
grant select (as_of_date, csm_id, full_name, timezone, manager_id, is_active) on serving.csm to cs_bi;
