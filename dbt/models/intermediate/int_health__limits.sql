{# What bounds each profile's score of an account: how much must be known, and the lowest cap that holds. #}
{{ config(materialized='view') }}

with account_days as (
    select * from {{ ref('int_account_days__profiled') }}
)

select
    account_days.as_of_date,
    account_days.account_id,
    account_days.is_run_day,
    account_days.lifecycle <> 'churned' as is_customer,
    bound.*
from account_days
cross join lateral (
    {%- for profile in var('health_profiles') %}
    select
        '{{ profile["name"] }}' as profile,
        {{ profile['out_of'] }}::numeric as out_of,
        {{ profile['min_coverage'] }}::numeric as min_coverage,
        lowest.cap_name,
        coalesce(lowest.cap, 100) as cap
    from (select 1) as one
    left join lateral (
        select
            caps.cap_name,
            caps.cap
        from (
            values
            {%- for cap in profile['caps'] %}
            (
                '{{ cap["name"] }}', {{ cap['cap'] }}::numeric,
                {{ beyond('(' ~ finite('account_days.' ~ cap['input']) ~ ')', cap) }}
            ){% if not loop.last %},{% endif %}
            {%- else %}
            ('none', 100::numeric, false)
            {%- endfor %}
        ) as caps (cap_name, cap, holds)
        where caps.holds
        order by caps.cap, caps.cap_name
        limit 1
    ) as lowest on true
    where account_days.is_run_day or account_days.health_profile = '{{ profile["name"] }}'
    {% if not loop.last %}union all{% endif %}
    {%- else %}
    select
        null as profile,
        null::numeric as out_of,
        null::numeric as min_coverage,
        null as cap_name,
        null::numeric as cap
    where false
    {%- endfor %}
) as bound
