{{ config(tags=['reconciliation']) }}

with counted as (
    select
        account_id,
        count(*) filter (where is_used_28d) as features_used_28d
    from {{ ref('mart_whitespace') }}
    where as_of_date = {{ as_of() }}
    group by account_id
),

facts as (
    select
        account_id,
        features_used_28d
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle <> 'churned' and features_used_28d is not null
)

select *
from counted
full outer join facts on counted.account_id = facts.account_id
where counted.features_used_28d is distinct from facts.features_used_28d
