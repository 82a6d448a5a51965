{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

with account_days as (
    select * from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle <> 'churned'
)

select
    as_of_date,
    coalesce(tier, 'unknown') as tier,
    count(*) as n_accounts,
    count(feature_adoption_ratio) as n_accounts_known,
    round(avg(feature_adoption_ratio), 6) as avg_feature_adoption_ratio,
    round(avg(features_used_28d), 2) as avg_features_used_28d
from account_days
group by as_of_date, coalesce(tier, 'unknown')
