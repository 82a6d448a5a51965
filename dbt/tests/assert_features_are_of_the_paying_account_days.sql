{{ config(tags=['reconciliation']) }}

with account_days as (
    select
        account_id,
        mrr_usd
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle in ('onboarding', 'active') and mrr_usd > 0
),

features as (
    select
        account_id,
        mrr_usd
    from {{ ref('churn_features') }}
    where as_of_date = {{ as_of() }}
)

select
    account_days.account_id as account_that_pays,
    features.account_id as account_with_features
from account_days
full outer join features on account_days.account_id = features.account_id
where
    account_days.account_id is null
    or features.account_id is null
    or account_days.mrr_usd::float8 <> features.mrr_usd
