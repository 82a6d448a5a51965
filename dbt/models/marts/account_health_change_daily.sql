{# A view, for what it says of a day depends on which other days are there: a day that is built later fills the gap by
   itself, and no stored row of another day changes. A day that was never run is stood in for by the Sunday nearest to it;
   yesterday is not. Each look-up goes through an index (`limit` keeps it one), so a day costs the same after two years. #}
{{ config(materialized='view') }}

{%- set spans = [7, 30, 90] %}

with shown as (
    select * from {{ ref('account_health_daily') }}
    where is_shown
),

compared as (
    select
        shown.as_of_date,
        shown.account_id,
        shown.profile,
        shown.health_score,
        yesterday.profile as prior_profile,
        yesterday.health_score as prior_score,
        {%- for days in spans %}
        shown.health_score - before_{{ days }}d.health_score as delta_{{ days }}d,
        before_{{ days }}d.as_of_date as compared_{{ days }}d_on,
        {%- endfor %}
        {#- The quartiles of a normal distribution are 1.349 standard deviations apart: outliers do not matter, and a
            steady slide is no noise. #}
        case
            when weekly.quartile_1 is not null
                then round(
                    greatest(
                        {{ var('health_trend_min_points') }},
                        {{ var('health_trend_sds') }} * (weekly.quartile_3 - weekly.quartile_1) / 1.349
                    ),
                    2
                )
        end as noise_points
    from shown
    left join lateral (
        select
            earlier.profile,
            earlier.health_score
        from {{ ref('account_health_daily') }} as earlier
        where
            earlier.account_id = shown.account_id
            and earlier.is_shown
            and earlier.as_of_date = shown.as_of_date - 1
        order by earlier.as_of_date
        limit 1
    ) as yesterday on true
    {%- for days in spans %}
    left join lateral (
        select
            known.as_of_date,
            known.health_score
        from (
            select
                daily.as_of_date,
                daily.health_score,
                1 as choice
            from {{ ref('account_health_daily') }} as daily
            where
                daily.account_id = shown.account_id
                and daily.is_shown
                and daily.as_of_date = shown.as_of_date - {{ days }}
            union all
            select
                sundays.as_of_date,
                sundays.health_score,
                2 as choice
            from {{ ref('account_health_weekly') }} as sundays
            where
                sundays.account_id = shown.account_id
                and sundays.as_of_date = {{ nearest_sunday('(shown.as_of_date - ' ~ days ~ ')') }}
        ) as known
        order by known.choice
        limit 1
    ) as before_{{ days }}d on true
    {%- endfor %}
    left join lateral (
        select
            percentile_cont(0.25) within group (order by changes.change)::numeric as quartile_1,
            percentile_cont(0.75) within group (order by changes.change)::numeric as quartile_3
        from (
            select
                case
                    when sundays.profile = lag(sundays.profile) over in_order
                        then sundays.health_score - lag(sundays.health_score) over in_order
                end as change
            from {{ ref('account_health_weekly') }} as sundays
            where
                sundays.account_id = shown.account_id
                and sundays.as_of_date <= shown.as_of_date
                and sundays.as_of_date >= shown.as_of_date - {{ var('health_trend_window_days') }} - 6
            window in_order as (order by sundays.as_of_date)
        ) as changes
        where changes.change is not null
        having count(*) >= {{ var('health_trend_min_changes') }}
    ) as weekly on true
)

select
    as_of_date,
    account_id,
    profile,
    health_score,
    prior_profile,
    prior_score,
    health_score - prior_score as delta_1d,
    {%- for days in spans %}
    delta_{{ days }}d,
    {%- endfor %}
    {%- for days in spans %}
    compared_{{ days }}d_on,
    {%- endfor %}
    noise_points,
    {%- for days in spans %}
    {{ trend_of('delta_' ~ days ~ 'd', 'noise_points') }} as trend_{{ days }}d{% if not loop.last %},{% endif %}
    {%- endfor %}
from compared
