{# Each component of each profile: what it is worth in units of its weight, and the points that this adds. On the run's
   day an account is scored by every profile, on an older Sunday by the one that it is shown. A view: sums are kept. #}
{{ config(materialized='view') }}

with account_days as (
    select * from {{ ref('int_account_days__profiled') }}
),

measured as (
    select
        account_days.as_of_date,
        account_days.account_id,
        account_days.health_profile = component.profile as is_shown,
        component.*
    from account_days
    cross join lateral (
        {%- for profile in var('health_profiles') %}
        select
            '{{ profile["name"] }}' as profile,
            {{ profile['out_of'] }}::numeric as out_of,
            {{ profile['method'] == 'penalty' }} as is_absolute,
            *,
            {#- A weight that is not known, wholly or in part, is carried by the others, or by nobody. #}
            sum(weight{{ ' * known_ratio' if profile['redistribute'] }}) over () as shared_weight
        from (
            values
            {%- for component in profile['components'] %}
            {%- set input = finite('account_days.' ~ component['input']) %}
            {%- set counts = still_counts('account_days', component) %}
            (
                '{{ component["name"] }}',
                {{ input }},
                {{ worth('(' ~ input ~ ')', component) }},
                {{ component['weight'] }}::numeric,
                case when {{ input }} is null then 0 else coalesce({{ counts }}, 0) end
            ){% if not loop.last %},{% endif %}
            {%- endfor %}
            {%- if profile['start'] | float != 0 %},
            ('start', null, {{ profile['start'] }}, 0, 1)
            {%- endif %}
        ) as worths (component, raw_value, worth, weight, known_ratio)
        where account_days.is_run_day or account_days.health_profile = '{{ profile["name"] }}'
        {% if not loop.last %}union all{% endif %}
        {%- else %}
        select
            null as profile,
            null::numeric as out_of,
            null::boolean as is_absolute,
            null as component,
            null::numeric as raw_value,
            null::numeric as worth,
            null::numeric as weight,
            null::numeric as known_ratio,
            null::numeric as shared_weight
        where false
        {%- endfor %}
    ) as component
)

select
    as_of_date,
    account_id,
    profile,
    component,
    is_shown,
    round(raw_value, 6) as raw_value,
    weight,
    known_ratio,
    known_ratio = 0 as is_missing,
    case
        when known_ratio > 0 then round(case when is_absolute then 1 else 0 end + worth / nullif(weight, 0), 6)
    end as normalised,
    round(
        case when is_absolute then weight else weight * known_ratio * out_of / nullif(shared_weight, 0) end, 6
    ) as best_points,
    case
        when known_ratio > 0
            then round(case when is_absolute then worth else worth * known_ratio * out_of / shared_weight end, 6)
    end as points
from measured
