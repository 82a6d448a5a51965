{{
    config(
        pre_hook="{{ room_for_a_first_build() }}",
        indexes=[{'columns': ['as_of_date', 'account_id']}],
        post_hook="analyze {{ this }}",
    )
}}

{# Events and days of use of every missing Sunday: what is left of a week of an account is few rows, so each is set
   beside the Sundays whose windows contain it: those of its twelve weeks, and those a year later that look back at
   it. #}
with owners as (
    select
        owners.as_of_date,
        owners.owner_ref,
        owners.account_id,
        {{ week_of('owners.as_of_date') }} as week
    from {{ ref('int_usage_owners__as_of') }} as owners
    inner join {{ ref('int_days__to_build') }} as days on owners.as_of_date = days.as_of_date
    where not days.is_run_day
),

by_owner as (
    select
        owner_ref,
        used_week,
        known_week,
        bit_or(days_used) as days_used,
        sum(n_events) as n_events,
        max(newest_recorded_at) as newest_recorded_at
    from {{ ref('int_usage__weeks') }}
    group by owner_ref, used_week, known_week
),

aged as (
    select
        by_owner.*,
        ages.age
    from by_owner
    cross join (
        select generate_series(0, 11) as age
        union all
        select generate_series(52, 59)
    ) as ages
    where by_owner.used_week + ages.age >= by_owner.known_week
),

{# Two names of an account may be used on one day. #}
by_week as (
    select
        owners.as_of_date,
        owners.account_id,
        aged.age,
        bit_count(bit_or(aged.days_used)::bit(7)) as active_days,
        sum(aged.n_events) as n_events,
        max(aged.newest_recorded_at) as newest_recorded_at
    from aged
    inner join owners on aged.owner_ref = owners.owner_ref and aged.used_week + aged.age = owners.week
    group by owners.as_of_date, owners.account_id, aged.age
)

select
    as_of_date,
    account_id,
    coalesce(sum(n_events) filter (where age < 1), 0) as events_7d,
    coalesce(sum(n_events) filter (where age < 4), 0) as events_28d,
    coalesce(sum(n_events) filter (where age >= 4 and age < 8), 0) as events_prior_28d,
    coalesce(sum(n_events) filter (where age < 12), 0) as events_84d,
    coalesce(sum(n_events) filter (where age >= 52 and age < 56), 0) as events_28d_last_year,
    coalesce(sum(n_events) filter (where age >= 56), 0) as events_prior_28d_last_year,
    coalesce(sum(active_days) filter (where age < 4), 0) as active_days_28d,
    coalesce(sum(active_days) filter (where age < 12), 0) as active_days_84d,
    max(newest_recorded_at) as newest_recorded_at
from by_week
group by as_of_date, account_id
