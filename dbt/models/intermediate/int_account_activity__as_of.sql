with moments as (
    select * from {{ ref('int_days__compared') }}
),

owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
),

active_days as (
    select * from {{ ref('int_usage__active_days') }}
    where
        used_on > {{ as_of() }} - {{ var('compared_days') }} - {{ var('activity_window_days') }}
        and used_on <= {{ as_of() }}
),

counted as (
    select
        moments.as_of_date,
        moments.lag_days,
        owners.account_id,
        count(distinct active_days.used_on) as active_days
    from moments
    inner join owners on moments.as_of_date = owners.as_of_date
    inner join active_days
        on owners.owner_ref = active_days.owner_ref
        and moments.state_on >= active_days.used_on
        and moments.state_on - {{ var('activity_window_days') }} < active_days.used_on
        and moments.state_on >= active_days.recorded_on
    group by moments.as_of_date, moments.lag_days, owners.account_id
),

{# The last use may lie far behind the window. #}
last_uses as (
    select
        moments.as_of_date,
        moments.lag_days,
        owners.account_id,
        max(newest.used_on) as last_used_on
    from moments
    inner join owners on moments.as_of_date = owners.as_of_date
    cross join (values (true), (false)) as kinds (is_of_events)
    cross join lateral (
        {{ outermost_use('owners', is_of_events='kinds.is_of_events', direction='desc', day='moments.state_on') }}
    ) as newest
    group by moments.as_of_date, moments.lag_days, owners.account_id
)

select
    last_uses.as_of_date,
    last_uses.lag_days,
    last_uses.account_id,
    last_uses.last_used_on,
    coalesce(counted.active_days, 0) as active_days
from last_uses
left join counted
    on last_uses.as_of_date = counted.as_of_date
    and last_uses.lag_days = counted.lag_days
    and last_uses.account_id = counted.account_id
