{# What bounds each profile's score of an account: how much must be known, and the lowest cap that holds. #}
with account_days as (
    select * from {{ ref('int_account_days__customers') }}
),

profiles as (
    select *
    from (
        values
        {%- for profile in var('health_profiles') %}
        ('{{ profile["name"] }}', {{ profile['out_of'] }}::numeric, {{ profile['min_coverage'] }}::numeric)
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    ) as known (profile, out_of, min_coverage)
),

caps as (
    select distinct on (account_days.account_id, cap.profile)
        account_days.account_id,
        cap.profile,
        cap.cap_name,
        cap.cap
    from account_days
    cross join lateral (
        values
        {%- for profile in var('health_profiles') %}
        {%- for cap in profile['caps'] %}
        (
            '{{ profile["name"] }}', '{{ cap["name"] }}', {{ cap['cap'] }},
            {{ beyond('(' ~ finite('account_days.' ~ cap['input']) ~ ')', cap) }}
        ),
        {%- endfor %}
        {%- endfor %}
        ('', '', 100::numeric, false)
    ) as cap (profile, cap_name, cap, holds)
    where cap.holds
    order by account_days.account_id, cap.profile, cap.cap, cap.cap_name
)

select
    account_days.as_of_date,
    account_days.account_id,
    profiles.profile,
    profiles.out_of,
    profiles.min_coverage,
    account_days.lifecycle <> 'churned' as is_customer,
    caps.cap_name,
    coalesce(caps.cap, 100) as cap
from account_days
cross join profiles
left join caps
    on account_days.account_id = caps.account_id and profiles.profile = caps.profile
