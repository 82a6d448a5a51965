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
)

{# A better value is worth yesterday's weight; what weights that moved did, with all that became known or unknown, is
   reweighting: the empty group, which holds all components. Lines are made account by account: read for one day, the
   view looks at that day's accounts and no other's. #}
select
    pairs.as_of_date,
    pairs.account_id,
    lines.kind,
    lines.line,
    lines.points
from pairs
cross join lateral (
    select
        'adjustment' as kind,
        adjustments.line,
        adjustments.points
    from (
        values
        {%- for adjustment in adjustments %}
        ('{{ adjustment }}', pairs.{{ adjustment }}_points){{ ',' if not loop.last }}
        {%- endfor %}
    ) as adjustments (line, points)
    union all
    select
        case when grouping(moved.component) = 1 then 'adjustment' else 'component' end as kind,
        coalesce(moved.component, 'reweighting') as line,
        case
            when grouping(moved.component) = 1 then sum(moved.all_points - moved.value_points)
            else sum(moved.value_points)
        end as points
    from (
        select
            components.component,
            round((coalesce(components.points, 0) - coalesce(components.points_before, 0)) * components.scale, 6)
            as all_points,
            case
                when components.points is null or components.points_before is null then 0
                when components.best_points = components.best_points_before
                    then round((components.points - components.points_before) * components.scale, 6)
                else round(
                    (components.normalised - components.normalised_before)
                    * components.best_points_before * components.scale,
                    6
                )
            end as value_points
        from (
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
                pairs.is_scored
                and daily.account_id = pairs.account_id
                and daily.profile = pairs.profile
                and daily.as_of_date in (pairs.as_of_date - 1, pairs.as_of_date)
            group by component
        ) as components
    ) as moved
    group by grouping sets ((moved.component), ())
) as lines
where lines.points <> 0
