{# Why a shown score is not yesterday's: lines in points of 100 that add up to delta_1d, only those that moved it. A
   view like the changes themselves: the day before may be built later. #}
{{ config(materialized='view') }}

{%- set adjustments = ['profile', 'cap', 'floor', 'override', 'rounding'] %}

with changes as (
    select * from {{ ref('account_health_change_daily') }}
    where delta_1d is not null
),

{# Yesterday by today's profile: another profile is a line of its own, so that the others compare like with like. Where
   that profile could not be scored yesterday, it is the only line. #}
pairs as (
    select
        changes.as_of_date,
        changes.account_id,
        changes.profile,
        before.is_scored,
        coalesce(before.health_score - changes.prior_score, changes.delta_1d) as profile_points,
        today.cap_points - before.cap_points as cap_points,
        today.floor_points - before.floor_points as floor_points,
        today.override_points - before.override_points as override_points,
        today.computed_score - today.full_score - today.cap_points - today.floor_points
        - (before.computed_score - before.full_score - before.cap_points - before.floor_points) as rounding_points
    from changes
    {%- for day, back in (('today', 0), ('before', 1)) %}
    left join lateral (
        select * from {{ ref('account_health_daily') }} as daily
        where
            daily.account_id = changes.account_id
            and daily.profile = changes.profile
            and daily.as_of_date = changes.as_of_date - {{ back }}
        order by daily.as_of_date
        limit 1
    ) as {{ day }} on true
    {%- endfor %}
),

both_days as (
    select
        pairs.as_of_date,
        pairs.account_id,
        components.*
    from pairs
    cross join lateral (
        select
            component,
            {%- for column in ('points', 'normalised', 'best_points') %}
            max({{ column }}) filter (where daily.as_of_date = pairs.as_of_date) as {{ column }},
            max({{ column }}) filter (where daily.as_of_date < pairs.as_of_date) as {{ column }}_before,
            {%- endfor %}
            case pairs.profile
                {%- for profile in var('health_profiles') %}
                when '{{ profile["name"] }}' then 100 / {{ profile['out_of'] }}::numeric
                {%- endfor %}
            end as scale
        from {{ ref('account_health_component_daily') }} as daily
        where
            daily.account_id = pairs.account_id
            and daily.profile = pairs.profile
            and daily.as_of_date in (pairs.as_of_date - 1, pairs.as_of_date)
        group by component
    ) as components
    where pairs.is_scored
),

{# A better value is worth yesterday's weight; what weights that moved did, with all that became known or unknown, is
   reweighting. #}
moved as (
    select
        as_of_date,
        account_id,
        component,
        round((coalesce(points, 0) - coalesce(points_before, 0)) * scale, 6) as all_points,
        case
            when points is null or points_before is null then 0
            when best_points = best_points_before then round((points - points_before) * scale, 6)
            else round((normalised - normalised_before) * best_points_before * scale, 6)
        end as value_points
    from both_days
),

lines as (
    select
        as_of_date,
        account_id,
        'component' as kind,
        component as line,
        value_points as points
    from moved
    union all
    select
        as_of_date,
        account_id,
        'adjustment' as kind,
        'reweighting' as line,
        sum(all_points - value_points) as points
    from moved
    group by as_of_date, account_id
    {%- for adjustment in adjustments %}
    union all
    select
        as_of_date,
        account_id,
        'adjustment' as kind,
        '{{ adjustment }}' as line,
        {{ adjustment }}_points as points
    from pairs
    {%- endfor %}
)

select
    as_of_date,
    account_id,
    kind,
    line,
    points
from lines
where points <> 0
