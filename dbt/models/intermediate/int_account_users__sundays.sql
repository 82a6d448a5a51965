{{
    config(
        pre_hook="{{ room_for_a_first_build() }}",
        indexes=[{'columns': ['as_of_date', 'account_id']}],
        post_hook="analyze {{ this }}",
    )
}}

{# Distinct users of every missing Sunday at once, without setting each user-week beside the windows that contain
   it.

   In a window a user counts at an unbroken range of Sundays for each week of use. Together these ranges are a set,
   which PostgreSQL keeps as a multirange: a user who is in it twice is in it once. Each range of it adds one user
   where it begins and takes one away where it ends; summed along the Sundays that is the number of users. #}
{%- set windows = {
    'users_7d': [0, 1], 'users_28d': [0, 4], 'users_prior_28d': [4, 8], 'users_84d': [0, 12],
    'users_28d_last_year': [52, 56], 'users_60d': [0, 'case when is_in_last_four_days then 9 else 8 end'],
} %}

with weeks as (
    select
        owners.account_id,
        weeks.user_id,
        weeks.used_week,
        weeks.is_in_last_four_days,
        greatest(weeks.known_week, owners.first_week) as known_week,
        owners.gone_week
    from {{ ref('int_usage__weeks') }} as weeks
    inner join {{ ref('int_usage_owners__weeks') }} as owners on weeks.owner_ref = owners.owner_ref
    where weeks.user_id is not null
),

by_user as (
    select
        account_id,
        user_id,
        {%- for window, weeks in windows.items() %}
        range_agg({{ seen_in('used_week', weeks[0], weeks[1]) }}) as {{ window }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weeks
    group by account_id, user_id
),

steps as (
    {%- for window in windows %}
    select
        by_user.account_id,
        '{{ window }}' as measure,
        step.week,
        step.change
    from by_user
    cross join lateral unnest(by_user.{{ window }}) as seen (weeks)
    cross join lateral unnest(array[lower(seen.weeks), upper(seen.weeks)], array[1, -1]) as step (week, change)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    union all
    {# A row for each Sunday that is asked for, where nothing changes. #}
    select
        account_id,
        null as measure,
        week,
        0 as change
    from {{ ref('int_usage_owners__weeks') }}
    cross join lateral generate_series(first_week, gone_week - 1) as weeks (week)
),

changes as (
    select
        account_id,
        week,
        bool_or(measure is null) as is_asked_for,
        {%- for window in windows %}
        coalesce(sum(change) filter (where measure = '{{ window }}'), 0) as {{ window }}{{ ',' if not loop.last }}
        {%- endfor %}
    from steps
    group by account_id, week
),

counted as (
    select
        account_id,
        week,
        is_asked_for,
        {%- for window in windows %}
        sum({{ window }}) over along_the_weeks as {{ window }}{{ ',' if not loop.last }}
        {%- endfor %}
    from changes
    window along_the_weeks as (partition by account_id order by week)
)

select
    date '1900-01-07' + week * 7 as as_of_date,
    account_id,
    {{ windows.keys() | join(',\n    ') }}
from counted
where is_asked_for
