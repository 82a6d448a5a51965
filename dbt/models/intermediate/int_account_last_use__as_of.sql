{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{# Looked up owner by owner through the index, a row from either end: the cost does not grow with the history. #}
with owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
),

from_events as (
    select
        owners.as_of_date,
        owners.account_id,
        min(oldest.used_on) as first_used_on,
        max(newest.used_on) as last_used_on,
        max(newest.newest_recorded_at) as newest_recorded_at
    from owners
    cross join lateral (
        {{ outermost_use('owners', is_of_events='true', direction='desc') }}
    ) as newest
    cross join lateral (
        {{ outermost_use('owners', is_of_events='true', direction='asc') }}
    ) as oldest
    group by owners.as_of_date, owners.account_id
),

from_totals as (
    select distinct on (owners.as_of_date, owners.account_id)
        owners.as_of_date,
        owners.account_id,
        min(oldest.used_on) over (partition by owners.as_of_date, owners.account_id) as first_used_on,
        newest.used_on as last_used_on,
        that_day.counts_events,
        that_day.counts_users,
        newest.newest_recorded_at
    from owners
    cross join lateral (
        {{ outermost_use('owners', is_of_events='false', direction='desc') }}
    ) as newest
    cross join lateral (
        {{ outermost_use('owners', is_of_events='false', direction='asc') }}
    ) as oldest
    cross join lateral (
        select
            bool_or(totals.n_events is not null) as counts_events,
            bool_or(totals.active_users is not null) as counts_users
        from {{ ref('int_usage__totals') }} as totals
        where
            totals.account_id = owners.account_ref
            and totals.used_on = newest.used_on
            and totals.recorded_on <= owners.as_of_date
            and (totals.n_events > 0 or totals.active_users > 0)
    ) as that_day
    order by owners.as_of_date, owners.account_id, newest.used_on desc, newest.newest_recorded_at desc
)

select
    coalesce(from_events.as_of_date, from_totals.as_of_date) as as_of_date,
    coalesce(from_events.account_id, from_totals.account_id) as account_id,
    from_events.account_id is not null as has_events,
    coalesce(from_totals.counts_events, false) as totals_count_events,
    coalesce(from_totals.counts_users, false) as totals_count_users,
    coalesce(from_events.first_used_on, from_totals.first_used_on) as first_used_on,
    coalesce(from_events.last_used_on, from_totals.last_used_on) as last_used_on,
    coalesce(from_events.newest_recorded_at, from_totals.newest_recorded_at) as newest_recorded_at
from from_events
full join from_totals
    on from_events.as_of_date = from_totals.as_of_date and from_events.account_id = from_totals.account_id
