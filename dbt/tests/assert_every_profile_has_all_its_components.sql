{{ config(tags=['reconciliation']) }}

{# Without the start, which is no component: it is the same for everybody. #}
{% set profiles = var('health_profiles') -%}
with customers as (
    select count(*) as n_accounts from {{ ref('int_account_days__customers') }}
),

components as (
    select count(*) as n_components
    from {{ ref('account_health_component_daily') }}
    where as_of_date = {{ as_of() }} and component <> 'start'
)

select *
from customers
cross join components
where
    components.n_components
    <> customers.n_accounts * {{ profiles | map(attribute='components') | map('length') | sum }}
