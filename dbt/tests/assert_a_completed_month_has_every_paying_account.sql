{{ config(tags=['reconciliation']) }}

{# On the last evening of a month the cohorts hold as many paying accounts as the account days. #}
with cohorts as (
    select coalesce(sum(n_kept), 0) as n_accounts
    from {{ ref('mart_cohort_monthly') }}
    where as_of_date = {{ as_of() }}
),

account_days as (
    select count(*) as n_accounts
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and (mrr_usd > 0 or (mrr_usd is null and lifecycle <> 'churned'))
)

select *
from cohorts
cross join account_days
where
    extract(day from {{ as_of() }} + 1) = 1
    and cohorts.n_accounts <> account_days.n_accounts
