{{ config(tags=['reconciliation']) }}

with customers as (
    select
        count(*) as n_accounts,
        coalesce(sum(mrr_usd), 0) as mrr_usd
    from {{ ref('int_account_days__customers') }}
),

account_days as (
    select
        count(*) as n_accounts,
        coalesce(sum(mrr_usd), 0) as mrr_usd
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }}
)

select *
from customers
cross join account_days
where
    customers.n_accounts <> account_days.n_accounts
    or customers.mrr_usd <> account_days.mrr_usd
