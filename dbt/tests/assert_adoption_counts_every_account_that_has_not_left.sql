{{ config(tags=['reconciliation']) }}

with adopted as (
    select
        coalesce(sum(n_accounts), 0) as n_accounts,
        coalesce(sum(n_accounts_known), 0) as n_accounts_known
    from {{ ref('mart_adoption_by_tier') }}
    where as_of_date = {{ as_of() }}
),

customers as (
    select
        count(*) as n_accounts,
        count(feature_adoption_ratio) as n_accounts_known
    from {{ ref('int_account_days__customers') }}
    where lifecycle <> 'churned'
)

select *
from adopted
cross join customers
where adopted.n_accounts <> customers.n_accounts or adopted.n_accounts_known <> customers.n_accounts_known
