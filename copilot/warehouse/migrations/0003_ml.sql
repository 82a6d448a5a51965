-- What the models said, append-only by (day, model).

-- One row per model that was ever trained, also those that were refused; `why` is the sentence that says what
-- became of it. `is_admitted`: passed every gate and not rolled back. The model of a day is the newest admitted one
-- that existed then.
create table ml.model (
    model_version text primary key,
    mlflow_version integer,
    trained_as_of date not null,
    algorithm text not null,
    status text not null check (status in ('champion', 'challenger', 'rejected', 'no_signal', 'retired')),
    is_admitted boolean not null,
    why text not null,
    n_train bigint not null,
    n_churned bigint not null,
    parameters jsonb not null,
    gate_report jsonb not null,
    artifact_sha256 jsonb not null
);
create unique index only_one_champion on ml.model (status) where status = 'champion';

create table ml.scored_day (
    as_of_date date primary key,
    mode text not null check (mode in ('model', 'rules_only')),
    model_version text references ml.model,
    why text not null,
    n_scored bigint not null,
    n_abstained bigint not null
);

-- An abstained account has a row that says why, and no number that could be mistaken for a forecast.
-- Reasons are told for the main horizon (90 days); the other horizons' are null.
create table ml.churn_score (
    as_of_date date not null,
    account_id text not null,
    horizon_days integer not null,
    model_version text not null references ml.model,
    p_raw double precision check (p_raw between 0 and 1),
    p_calibrated double precision check (p_calibrated between 0 and 1),
    p_low double precision check (p_low between 0 and 1),
    p_high double precision check (p_high between 0 and 1),
    decile integer check (decile between 1 and 10),
    abstained boolean not null,
    abstain_reason text not null default '',
    reason_1 jsonb,
    reason_2 jsonb,
    reason_3 jsonb,
    primary key (as_of_date, account_id, horizon_days, model_version),
    check (p_low <= p_calibrated and p_calibrated <= p_high),
    check (num_nulls(p_raw, p_calibrated, p_low, p_high, decile) = case when abstained then 5 else 0 end)
);

create table ml.model_performance (
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
    lift_top_decile_worst double precision not null,
    lift_top_decile_best double precision not null,
    precision_top_decile double precision not null,
    recall_top_decile double precision not null,
    brier double precision,
    log_loss double precision,
    calibration_error double precision,
    primary key (model_version, candidate, horizon_days, window_start, window_end)
);

-- The held-out predictions behind model_performance, so that anyone can compute another figure, or compare with the
-- truth.
create table ml.evaluation_score (
    model_version text not null,
    candidate text not null,
    horizon_days integer not null,
    as_of_date date not null,
    account_id text not null,
    p double precision not null,
    churned boolean not null,
    primary key (model_version, candidate, horizon_days, as_of_date, account_id)
);

grant select, insert, update, delete
on ml.model, ml.scored_day, ml.churn_score, ml.model_performance, ml.evaluation_score to cs_scorer;
grant select on ml.model, ml.scored_day, ml.churn_score to cs_decider;
grant select on ml.model, ml.scored_day, ml.churn_score, ml.model_performance to cs_publisher;
