{{ config(tags=['reconciliation']) }}

with account_days as (
    select
        count(*) as n_renewals,
        coalesce(sum(arr_usd), 0) as arr_usd
    from {{ ref('fct_account_days') }}
    where
        as_of_date = {{ as_of() }}
        and lifecycle <> 'churned'
        and contract_end_on between {{ as_of() }} and {{ as_of() }} + {{ var('renewal_horizon_days') }}
),

renewals as (
    select
        count(*) as n_renewals,
        coalesce(sum(arr_usd), 0) as arr_usd
    from {{ ref('mart_renewal_risk') }}
    where as_of_date = {{ as_of() }}
)

select *
from account_days
cross join renewals
where account_days.n_renewals <> renewals.n_renewals or account_days.arr_usd <> renewals.arr_usd
