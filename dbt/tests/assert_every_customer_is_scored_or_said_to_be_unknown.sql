{{ config(tags=['reconciliation']) }}

{# One row per account and profile: a customer that fell out of a join would be a silent gap on every board. #}
select
    customers.account_id,
    count(health.profile) as n_profiles
from {{ ref('int_account_days__customers') }} as customers
left join {{ ref('account_health_daily') }} as health
    on customers.as_of_date = health.as_of_date and customers.account_id = health.account_id
group by customers.account_id
having count(health.profile) <> {{ var('health_profiles') | length }}
