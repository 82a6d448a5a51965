{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{# Looked up account by account through the index, so that the cost does not grow with the history. #}
with owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
),

from_events as (
    select
        owners.as_of_date,
        owners.account_id,
        min(uses.first_used_on) as first_used_on,
        max(uses.last_used_on) as last_used_on,
        max(newest_day.newest_recorded_at) as newest_recorded_at
    from owners
    cross join lateral (
        select
            min(days.used_on) as first_used_on,
            max(days.used_on) as last_used_on
        from {{ ref('int_usage__active_days') }} as days
        where
            days.owner_ref = owners.owner_ref
            and days.used_on <= owners.as_of_date
            and days.recorded_on <= owners.as_of_date
            and days.is_of_events
    ) as uses
    cross join lateral (
        select max(daily.newest_recorded_at) as newest_recorded_at
        from {{ ref('int_usage__daily') }} as daily
        where
            daily.owner_ref = owners.owner_ref
            and daily.used_on = uses.last_used_on
            and daily.recorded_on <= owners.as_of_date
    ) as newest_day
    where uses.last_used_on is not null
    group by owners.as_of_date, owners.account_id
),

from_totals as (
    select distinct on (owners.as_of_date, owners.account_id)
        owners.as_of_date,
        owners.account_id,
        min(oldest.used_on) over (partition by owners.as_of_date, owners.account_id) as first_used_on,
        newest.used_on as last_used_on,
        newest.counts_events,
        newest.counts_users,
        newest.newest_recorded_at
    from owners
    cross join lateral (
        select
            totals.used_on,
            bool_or(totals.n_events is not null) as counts_events,
            bool_or(totals.active_users is not null) as counts_users,
            max(totals.recorded_at) as newest_recorded_at
        from {{ ref('int_usage__totals') }} as totals
        where
            totals.account_id = owners.account_ref
            and totals.used_on <= owners.as_of_date
            and totals.recorded_on <= owners.as_of_date
            and (totals.n_events > 0 or totals.active_users > 0)
        group by totals.used_on
        order by totals.used_on desc
        limit 1
    ) as newest
    cross join lateral (
        select totals.used_on
        from {{ ref('int_usage__totals') }} as totals
        where
            totals.account_id = owners.account_ref
            and totals.used_on <= owners.as_of_date
            and totals.recorded_on <= owners.as_of_date
            and (totals.n_events > 0 or totals.active_users > 0)
        order by totals.used_on
        limit 1
    ) as oldest
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
