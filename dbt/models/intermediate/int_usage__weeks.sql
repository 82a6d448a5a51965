{{
    config(
        pre_hook="{{ room_for_a_first_build() }}",
        indexes=[{'columns': ['owner_ref']}],
        post_hook="analyze {{ this }}",
    )
}}

{# What the missing Sundays need, by user, week of use and week of knowledge. Windows that end on Sundays are whole
   weeks, so nothing is lost but for the 60-day one, which reaches into the last four days of a week. No missing
   Sunday, no row. #}
with sundays as (
    select
        min(as_of_date) - 84 as used_after,
        min(as_of_date) - 420 as last_year_after,
        max(as_of_date) as last_on
    from {{ ref('int_days__to_build') }}
    where not is_run_day
)

select
    owner_ref,
    user_id,
    {{ week_of('used_on') }} as used_week,
    {{ week_of('recorded_on') }} as known_week,
    bool_or({{ weekday_of('used_on') }} >= 3) as is_in_last_four_days,
    bit_or(1 << {{ weekday_of('used_on') }}) as days_used,
    sum(n_events) as n_events,
    max(newest_recorded_at) as newest_recorded_at
from {{ ref('int_usage__daily') }}
where
    (
        (used_on > (select sundays.used_after from sundays) and used_on <= (select sundays.last_on from sundays))
        or (
            used_on > (select sundays.last_year_after from sundays)
            and used_on <= (select sundays.last_on - 364 from sundays)
        )
    )
    and recorded_on <= (select sundays.last_on from sundays)
group by owner_ref, user_id, used_week, known_week
