{{ config(tags=['reconciliation']) }}

{# A mean is rounded to six places, so each account may be half a millionth off. #}
with by_tier as (
    select
        coalesce(sum(avg_feature_adoption_ratio * n_accounts_known), 0) as adoption,
        coalesce(sum(n_accounts_known), 0) * 0.000001 as rounding
    from {{ ref('mart_adoption_by_tier') }}
    where as_of_date = {{ as_of() }}
),

by_account as (
    select coalesce(sum(feature_adoption_ratio), 0) as adoption
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle <> 'churned'
)

select *
from by_tier
cross join by_account
where abs(by_tier.adoption - by_account.adoption) > by_tier.rounding
