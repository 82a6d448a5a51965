{{ config(tags=['reconciliation']) }}

with joined as (
    select
        as_of_date,
        count(*) as n_accounts
    from {{ ref('int_account_days__joined') }}
    where lifecycle in ('onboarding', 'active') and mrr_usd > 0
    group by as_of_date
),

features as (
    select
        as_of_date,
        count(*) as n_accounts
    from {{ ref('churn_features') }}
    where as_of_date = any(array(select joined.as_of_date from joined))
    group by as_of_date
)

select
    joined.as_of_date,
    joined.n_accounts,
    features.n_accounts as n_features
from joined
left join features on joined.as_of_date = features.as_of_date
where joined.n_accounts is distinct from features.n_accounts
