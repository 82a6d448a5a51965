{{
    config(
        pre_hook="{{ room_for_a_first_build() }}",
        indexes=[{'columns': ['as_of_date', 'account_id']}],
        post_hook="analyze {{ this }}",
    )
}}

{# Events and days of use of every missing Sunday: what is left of a week of an account is few rows, so each is set
   beside the Sundays whose windows contain it: those of its twelve weeks, and those a year later that look back at
   it; of these, those that knew of it and on which its name stood for the account. #}
with by_owner as (
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
        owners.account_id,
        ages.age,
        by_owner.used_week + ages.age as week,
        by_owner.days_used,
        by_owner.n_events,
        by_owner.newest_recorded_at
    from by_owner
    inner join {{ ref('int_usage_owners__weeks') }} as owners on by_owner.owner_ref = owners.owner_ref
    cross join lateral (
        {%- for youngest, oldest in [(0, 12), (52, 60)] %}
        select
            generate_series(
                greatest({{ youngest }}, greatest(by_owner.known_week, owners.first_week) - by_owner.used_week),
                least({{ oldest }}, owners.gone_week - by_owner.used_week) - 1
            ) as age
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as ages
),

{# Two names of an account may be used on one day. #}
by_week as (
    select
        account_id,
        week,
        age,
        bit_count(bit_or(days_used)::bit(7)) as active_days,
        sum(n_events) as n_events,
        max(newest_recorded_at) as newest_recorded_at
    from aged
    group by account_id, week, age
)

select
    date '1900-01-07' + week * 7 as as_of_date,
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
group by week, account_id
