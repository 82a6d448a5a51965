{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        indexes=[{'columns': ['account_id', 'profile', 'as_of_date']}],
    )
}}

with account_days as (
    select * from {{ ref('int_account_days__customers') }}
),

{# Each component of each profile, worth something in units of its own weight; a start is worth the same to all. #}
measured as (
    select
        account_days.as_of_date,
        account_days.account_id,
        component.*
    from account_days
    cross join lateral (
        values
        {%- for profile in var('health_profiles') %}
        {%- set outer = loop %}
        {%- for component in profile['components'] %}
        {%- set input = finite('account_days.' ~ component['input']) %}
        (
            '{{ profile["name"] }}', '{{ component["name"] }}',
            {{ input }},
            {{ worth('(' ~ input ~ ')', component) }},
            {{ component['weight'] }}::numeric, {{ profile['out_of'] }}::numeric,
            {{ profile['method'] == 'penalty' }}, {{ profile['redistribute'] }}
        ),
        {%- endfor %}
        (
            '{{ profile["name"] }}', 'start',
            null, {{ profile['start'] }}, 0, {{ profile['out_of'] }}, true, false
        ){% if not outer.last %},{% endif %}
        {%- endfor %}
    ) as component (profile, component, raw_value, worth, weight, out_of, is_absolute, is_redistributed)
),

weighed as (
    select
        *,
        sum(weight) over profiles as full_weight,
        sum(weight) filter (where worth is not null) over profiles as known_weight
    from measured
    window profiles as (partition by as_of_date, account_id, profile)
),

scored as (
    select
        as_of_date,
        account_id,
        profile,
        component,
        round(raw_value, 6) as raw_value,
        round(case when is_absolute then 1 else 0 end + worth / nullif(weight, 0), 6) as normalised,
        weight,
        round(
            case
                when is_absolute then worth
                else worth * out_of / nullif(case when is_redistributed then known_weight else full_weight end, 0)
            end,
            6
        ) as points,
        worth is null as is_missing
    from weighed
    where component <> 'start' or worth <> 0
)

select * from scored
