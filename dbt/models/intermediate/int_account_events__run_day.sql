{# Windows that end on the run's own day, read from the days that lie in them. The Sundays of the past are computed
   together, in int_account_events__sundays. #}
{%- set recent = as_of() ~ ' - 84' %}
{%- set last_year = as_of() ~ ' - 364' %}

with owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
    where as_of_date = {{ as_of() }}
),

{# Of the year before, users are compared in four weeks and events in eight. #}
by_user as (
    select
        owners.account_id,
        daily.user_id,
        max(daily.used_on) as last_used_on,
        bool_or(daily.used_on > {{ as_of() }} - 56 and daily.used_on <= {{ as_of() }} - 28) as was_active,
        bool_or(daily.used_on <= {{ last_year }}) as was_active_last_year
    from {{ ref('int_usage__daily') }} as daily
    inner join owners on daily.owner_ref = owners.owner_ref
    where
        (
            (daily.used_on > {{ recent }} and daily.used_on <= {{ as_of() }})
            or (daily.used_on > {{ last_year }} - 28 and daily.used_on <= {{ last_year }})
        )
        and daily.recorded_on <= {{ as_of() }}
    group by owners.account_id, daily.user_id
),

by_day as (
    select
        owners.account_id,
        days.used_on,
        sum(days.n_events) as n_events,
        max(days.newest_recorded_at) as newest_recorded_at
    from {{ ref('int_usage__active_days') }} as days
    inner join owners on days.owner_ref = owners.owner_ref
    where
        (
            (days.used_on > {{ recent }} and days.used_on <= {{ as_of() }})
            or (days.used_on > {{ last_year }} - 56 and days.used_on <= {{ last_year }})
        )
        and days.recorded_on <= {{ as_of() }}
        and days.is_of_events
    group by owners.account_id, days.used_on
),

{# What names no user has an empty user_id: it counts as use, and not as a user. #}
users as (
    select
        account_id,
        count(user_id) filter (where last_used_on > {{ recent }}) as users_84d,
        count(user_id) filter (where last_used_on > {{ as_of() }} - 60) as users_60d,
        count(user_id) filter (where last_used_on > {{ as_of() }} - 28) as users_28d,
        count(user_id) filter (where last_used_on > {{ as_of() }} - 7) as users_7d,
        count(user_id) filter (where was_active) as users_prior_28d,
        count(user_id) filter (where was_active_last_year) as users_28d_last_year
    from by_user
    group by account_id
),

events as (
    select
        account_id,
        coalesce(sum(n_events) filter (where used_on > {{ as_of() }} - 7), 0) as events_7d,
        coalesce(sum(n_events) filter (where used_on > {{ as_of() }} - 28), 0) as events_28d,
        coalesce(
            sum(n_events) filter (where used_on > {{ as_of() }} - 56 and used_on <= {{ as_of() }} - 28), 0
        ) as events_prior_28d,
        coalesce(sum(n_events) filter (where used_on > {{ recent }}), 0) as events_84d,
        coalesce(
            sum(n_events) filter (where used_on > {{ last_year }} - 28 and used_on <= {{ last_year }}), 0
        ) as events_28d_last_year,
        coalesce(
            sum(n_events) filter (where used_on <= {{ last_year }} - 28), 0
        ) as events_prior_28d_last_year,
        count(*) filter (where used_on > {{ as_of() }} - 28) as active_days_28d,
        count(*) filter (where used_on > {{ recent }}) as active_days_84d,
        max(newest_recorded_at) as newest_recorded_at
    from by_day
    group by account_id
)

select
    {{ as_of() }} as as_of_date,
    events.account_id,
    coalesce(users.users_7d, 0) as users_7d,
    coalesce(users.users_28d, 0) as users_28d,
    coalesce(users.users_prior_28d, 0) as users_prior_28d,
    coalesce(users.users_60d, 0) as users_60d,
    coalesce(users.users_84d, 0) as users_84d,
    coalesce(users.users_28d_last_year, 0) as users_28d_last_year,
    events.events_7d,
    events.events_28d,
    events.events_prior_28d,
    events.events_84d,
    events.events_28d_last_year,
    events.events_prior_28d_last_year,
    events.active_days_28d,
    events.active_days_84d,
    events.newest_recorded_at
from events
left join users on events.account_id = users.account_id
