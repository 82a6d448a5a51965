{{ config(tags=['reconciliation']) }}

{# The team's share of accounts at risk, once from the goal and once from the account list. #}
with goals as (
    select actual
    from {{ ref('mart_goal_weekly') }}
    where as_of_date = {{ as_of() }} and csm_id = 'all' and metric = 'at_risk_ratio'
),

accounts as (
    select
        round(
            count(*) filter (where health_standing = 'at_risk')::numeric
            / nullif(count(*) filter (where health_standing <> 'unscored'), 0), 6
        ) as actual
    from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }} and is_customer
)

select
    goals.actual as by_goal,
    accounts.actual as by_account
from goals
cross join accounts
where goals.actual is distinct from accounts.actual
