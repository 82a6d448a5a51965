-- What the pipeline remembers about its own work.

create sequence ops.batch_id;
grant usage on sequence ops.batch_id to cs_loader;

-- One row per file taken in: its content is landed once, however often it is offered.
create table ops.landing_cursor (
    source text not null,
    table_name text not null,
    file text not null,
    size_bytes bigint not null,
    sha256 text not null,
    n_rows bigint not null,
    -- Rows of the last version of the file that was not a sudden loss: what "shrunk" is measured against.
    healthy_rows bigint not null,
    batch_id bigint not null,
    landed_at timestamptz not null default now(),
    primary key (source, table_name, file)
);

-- One row per source, table and UTC day of recorded_at: what raw holds, so that no day's state needs a scan of it.
create table ops.landing_day (
    source text not null,
    table_name text not null,
    recorded_on date not null,
    n_rows bigint not null,
    newest_recorded_at timestamptz not null,
    primary key (source, table_name, recorded_on)
);

-- One row per file and attempt that changed something: received = landed + unchanged + rejected.
create table ops.landing_batch (
    batch_id bigint primary key,
    source text not null,
    table_name text not null,
    file text not null,
    received bigint not null,
    landed bigint not null,
    unchanged bigint not null,
    rejected bigint not null,
    landed_at timestamptz not null default now(),
    constraint nothing_is_lost check (received = landed + unchanged + rejected)
);

-- One row per record that could not be landed, with the reason, and the record as it came.
create table quarantine.rejected_record (
    reject_id text primary key,
    source text not null,
    table_name text not null,
    file text not null,
    row_number bigint not null,
    reason_code text not null,
    reason text not null,
    record text not null,
    batch_id bigint not null,
    rejected_at timestamptz not null default now()
);
create index on quarantine.rejected_record (source, table_name, file);

-- One row per source and table of the last time it was read: what an outage looks like before it looks like churn.
create table ops.source_state (
    as_of_date date not null,
    source text not null,
    table_name text not null,
    state text not null check (state in ('ok', 'empty', 'shrunk', 'missing', 'error')),
    n_rows bigint not null,
    n_rejected bigint not null,
    newest_recorded_at timestamptz,
    message text not null default '',
    primary key (as_of_date, source, table_name)
);

-- One row per check and day; gate verdicts are the worst of them.
create table ops.dq_run_verdict (
    as_of_date date not null,
    gate text not null check (gate in ('raw', 'marts')),
    check_id text not null,
    subject text not null,
    severity text not null check (severity in ('warn', 'fail')),
    passed boolean not null,
    n_checked bigint not null,
    n_failing bigint not null,
    message text not null,
    primary key (as_of_date, gate, check_id)
);
create table ops.gate_verdict (
    as_of_date date not null,
    gate text not null check (gate in ('raw', 'marts')),
    verdict text not null check (verdict in ('PASS', 'DEGRADED', 'HOLD')),
    reasons jsonb not null,
    primary key (as_of_date, gate)
);

-- One row per room and attempt: how long, how much memory, what counts.
create table ops.run_log (
    run_log_id bigint generated always as identity primary key,
    as_of_date date not null,
    room text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    peak_mib numeric not null,
    outcome text not null check (outcome in ('done', 'failed')),
    counts jsonb not null,
    error text not null default ''
);

-- The state of every alert at the end of every day on which it was open or changed.
create table ops.alert_day (
    as_of_date date not null,
    alert_id text not null,
    account_id text not null,
    reason_key text not null,
    rule_id text not null,
    rule_version text not null,
    severity text not null check (severity in ('critical', 'high', 'medium', 'low')),
    state text not null check (state in ('open', 'acknowledged', 'snoozed', 'resolved')),
    opened_on date not null,
    state_since date not null,
    clear_days integer not null,
    announced_value numeric,
    due_on date not null,
    owner_csm_id text,
    arr_at_risk numeric not null,
    message text not null,
    suggested_actions jsonb not null,
    evidence jsonb not null,
    is_dismissed boolean not null,
    last_feedback_id bigint not null,
    primary key (as_of_date, alert_id)
);
create unique index one_open_alert_per_account_and_reason
on ops.alert_day (as_of_date, account_id, reason_key) where state <> 'resolved';
create table ops.alert_event (
    as_of_date date not null,
    alert_id text not null,
    event text not null
    check (
        event in (
            'raised', 'worsened', 'eased', 'acknowledged', 'snoozed', 'woken', 'resolved', 'reopened', 'dismissed'
        )
    ),
    detail text not null default '',
    primary key (as_of_date, alert_id, event)
);

-- What CSMs answered. Insert only; the last answer wins.
create table ops.feedback (
    feedback_id bigint generated always as identity primary key,
    csm_id text not null,
    account_id text not null,
    alert_id text not null,
    digest_date date not null,
    kind text not null check (kind in ('useful', 'knew', 'not_a_risk', 'data_wrong', 'snooze_7d')),
    note text not null default '',
    received_at timestamptz not null default now()
);
create index on ops.feedback (csm_id, account_id, alert_id, digest_date, feedback_id);

-- The same answer given twice in a row is one answer. The login that inserts may read nothing, so the table looks
-- by itself.
create function ops.skip_repeated_feedback() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    last_kind text;
begin
    perform pg_advisory_xact_lock(
        hashtextextended(concat_ws('|', new.csm_id, new.account_id, new.alert_id, new.digest_date), 7)
    );
    select f.kind into last_kind from ops.feedback as f
    where f.csm_id = new.csm_id and f.account_id = new.account_id
        and f.alert_id = new.alert_id and f.digest_date = new.digest_date
    order by f.feedback_id desc limit 1;
    if last_kind = new.kind then
        return null;
    end if;
    return new;
end
$$;
create trigger skip_repeated_feedback before insert on ops.feedback
for each row execute function ops.skip_repeated_feedback();

-- Whether a CSM wants the digest: insert only; the last row wins, no row means yes.
create table ops.digest_wish (
    digest_wish_id bigint generated always as identity primary key,
    csm_id text not null,
    wants_digest boolean not null,
    received_at timestamptz not null default now()
);

-- One row per mail that is due: claim, send, confirm.
create table ops.digest_outbox (
    csm_id text not null,
    local_date date not null,
    kind text not null default 'daily',
    as_of_date date not null,
    message_id text not null unique,
    recipient text not null,
    subject text not null,
    body_sha256 text not null,
    message bytea not null,
    due_at timestamptz not null,
    state text not null default 'due' check (state in ('due', 'sending', 'sent', 'dead', 'cancelled')),
    attempts integer not null default 0,
    last_error text not null default '',
    sent_at timestamptz,
    primary key (csm_id, local_date, kind)
);
-- One row per CSM and day: sent, silent or held, and why. `told` is what a mail left the CSM knowing of each
-- account: news is what differs from it, and a correction is what no longer agrees with it. `corrected`: the day
-- was composed again with other content after the decision; no second mail goes, the next digest says what changed.
create table ops.digest_log (
    csm_id text not null,
    local_date date not null,
    kind text not null default 'daily',
    as_of_date date not null,
    decision text not null check (decision in ('mail', 'silent', 'held')),
    reason text not null,
    content_sha256 text not null default '',
    corrected boolean not null default false,
    arr_at_risk_usd numeric,
    told jsonb,
    primary key (csm_id, local_date, kind)
);
create table ops.digest_item (
    csm_id text not null,
    local_date date not null,
    kind text not null default 'daily',
    item_key text not null,
    section text not null,
    rank integer not null,
    account_id text not null,
    alert_id text,
    shown jsonb not null,
    primary key (csm_id, local_date, kind, item_key)
);

grant select, insert, update, delete
on ops.landing_cursor, ops.landing_day, ops.landing_batch, quarantine.rejected_record, ops.source_state to cs_loader;
grant select on ops.landing_cursor, ops.landing_day, ops.landing_batch, quarantine.rejected_record, ops.source_state
to cs_gate;
grant select on ops.source_state, ops.feedback to cs_transformer;
grant select, insert, update, delete on ops.dq_run_verdict, ops.gate_verdict to cs_gate;
grant select, insert on ops.run_log
to cs_loader, cs_gate, cs_transformer, cs_scorer, cs_decider, cs_publisher, cs_mailer;
grant select, insert, update, delete on ops.alert_day, ops.alert_event to cs_decider;
grant select on ops.feedback, ops.gate_verdict to cs_decider;
grant insert on ops.feedback, ops.digest_wish to cs_feedback;
grant select
on ops.alert_day, ops.alert_event, ops.gate_verdict, ops.dq_run_verdict, ops.source_state, ops.landing_batch
to cs_publisher;
grant select on quarantine.rejected_record to cs_publisher;
grant select, insert, update, delete on ops.digest_outbox, ops.digest_log, ops.digest_item to cs_mailer;
grant select on ops.feedback, ops.digest_wish to cs_mailer;
