-- One row per run's day, source, table, day of the records, measure and currency: what the source says that it has,
-- what raw holds, what lies in quarantine, what the marts were built from and hold.
create table ops.recon_daily (
    as_of_date date not null,
    source text not null,
    table_name text not null,
    -- The day of the records, and the column by which they are dated.
    day date not null,
    dated_by text not null,
    measure text not null check (measure in ('rows', 'amount', 'quantity')),
    -- Amounts are never added up across currencies.
    currency text not null default '',
    source_total numeric,
    raw_good numeric,
    raw_rejected numeric,
    -- Of raw_good, what the marts leave out for a reason that is named in the message.
    excluded numeric,
    mart_total numeric,
    source_diff numeric generated always as (source_total - raw_good - raw_rejected) stored,
    mart_diff numeric generated always as (raw_good - excluded - mart_total) stored,
    verdict text not null check (
        verdict in ('agrees', 'rejected', 'raw_short', 'raw_over', 'mart_short', 'mart_over', 'not_asked')
    ),
    message text not null,
    -- When these figures were first seen: measured again, equal figures keep it.
    measured_at timestamptz not null,
    primary key (as_of_date, source, table_name, day, measure, currency),
    constraint only_money_has_a_currency check (currency = '' or measure = 'amount')
);
grant select, insert, update, delete on ops.recon_daily to cs_gate;

-- The same with the verdict since when: the first run of the unbroken row of runs in which the table was off.
create view serving.recon_day with (security_invoker = true) as
with of_runs as (
    select
        as_of_date,
        source,
        table_name,
        bool_or(verdict in ('raw_short', 'raw_over', 'mart_short', 'mart_over')) as is_off,
        bool_and(verdict in ('agrees', 'rejected')) as is_whole
    from ops.recon_daily
    group by as_of_date, source, table_name
),

since as (
    select
        off.as_of_date,
        off.source,
        off.table_name,
        min(run.as_of_date) as off_since
    from of_runs as off
    inner join of_runs as run
        on off.source = run.source and off.table_name = run.table_name and off.as_of_date >= run.as_of_date
    where off.is_off and run.is_off
        and run.as_of_date > coalesce(
            (
                select max(whole.as_of_date) from of_runs as whole
                where whole.source = off.source and whole.table_name = off.table_name
                    and whole.is_whole and whole.as_of_date < off.as_of_date
            ),
            '-infinity'
        )
    group by off.as_of_date, off.source, off.table_name
)

select
    recon.as_of_date,
    recon.source,
    recon.table_name,
    recon.day,
    recon.dated_by,
    recon.measure,
    recon.currency,
    recon.source_total,
    recon.raw_good,
    recon.raw_rejected,
    recon.excluded,
    recon.mart_total,
    recon.source_diff,
    recon.mart_diff,
    recon.verdict,
    recon.message,
    since.off_since,
    recon.measured_at
from ops.recon_daily as recon
left join since
    on recon.as_of_date = since.as_of_date and recon.source = since.source and recon.table_name = since.table_name;
-- The one table of ops that boards may read, through this view: it holds no account.
grant usage on schema ops to cs_bi;
grant select on ops.recon_daily to cs_bi, cs_publisher;
grant select on serving.recon_day to cs_bi, cs_publisher;
grant usage on schema serving to cs_gate;
grant select on serving.recon_day to cs_gate;
