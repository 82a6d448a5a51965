{# Windows that end on the run's own day, read from the days that lie in them. The Sundays of the past are computed
   together, in int_account_events__sundays. #}
{%- set recent = as_of() ~ ' - 84' %}
{%- set last_year = as_of() ~ ' - 364' %}

with daily as (
    select *
    from {{ ref('int_usage__daily') }}
    where
        (
            (used_on > {{ recent }} and used_on <= {{ as_of() }})
            or (used_on > {{ last_year }} - 56 and used_on <= {{ last_year }})
        )
        and recorded_on <= {{ as_of() }}
),

owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
    where as_of_date = {{ as_of() }}
),

by_user_and_by_day as (
    select
        owners.account_id,
        grouping(daily.used_on) = 1 as is_user,
        daily.user_id,
        daily.used_on,
        max(daily.used_on) as last_used_on,
        bool_or(daily.used_on > {{ as_of() }} - 56 and daily.used_on <= {{ as_of() }} - 28) as was_active,
        bool_or(daily.used_on > {{ last_year }} - 28 and daily.used_on <= {{ last_year }}) as was_active_last_year,
        sum(daily.n_events) as n_events,
        max(daily.newest_recorded_at) as newest_recorded_at
    from daily
    inner join owners on daily.owner_ref = owners.owner_ref
    group by owners.account_id, grouping sets ((daily.user_id), (daily.used_on))
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
    from by_user_and_by_day
    where is_user
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
    from by_user_and_by_day
    where not is_user
    group by account_id
)

select
    {{ as_of() }} as as_of_date,
    events.account_id,
    users.users_7d,
    users.users_28d,
    users.users_prior_28d,
    users.users_60d,
    users.users_84d,
    users.users_28d_last_year,
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
inner join users on events.account_id = users.account_id
