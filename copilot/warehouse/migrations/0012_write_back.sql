-- What was written into the CRM's own fields, run by run: opt-in, so on most warehouses these tables stay empty.

-- One row per source and run that wrote or put back. A run that was killed stays `started`.
create table ops.write_back_log (
    run text primary key,
    kind text not null check (kind in ('apply', 'undo')),
    as_of_date date not null,
    source text not null,
    state text not null default 'started' check (state in ('started', 'done', 'stopped')),
    n_compared bigint not null,
    n_changed bigint not null,
    n_written bigint not null default 0,
    n_rejected bigint not null default 0,
    -- Accounts of which the CRM has no one record, and records that somebody changed while they were written.
    n_missing bigint not null default 0,
    n_overtaken bigint not null default 0,
    undo_file text not null,
    error text not null default '',
    started_at timestamptz not null default now(),
    finished_at timestamptz
);

-- One row per account that the source's newest run could not write, with the vendor's reason.
create table quarantine.write_back_rejected (
    source text not null,
    account_id text not null,
    record_id text not null,
    as_of_date date not null,
    run text not null,
    fields jsonb not null,
    reason_code text not null,
    reason text not null,
    rejected_at timestamptz not null default now(),
    primary key (source, account_id)
);

-- The login that writes into CRMs reads what is published, and writes down what it did; it changes nothing else here.
grant usage on schema serving, ops, quarantine to cs_writer;
grant select on serving.published_day, serving.account_day, ops.gate_verdict to cs_writer;
grant select, insert, update on ops.write_back_log to cs_writer;
grant select, insert, delete on quarantine.write_back_rejected to cs_writer;
grant select, insert on ops.run_log to cs_writer;
