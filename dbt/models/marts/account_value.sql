{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        indexes=[{'columns': ['account_id', 'as_of_date']}],
    )
}}

with rfm as (
    select * from {{ ref('int_account_rfm__as_of') }}
),

contracts as (
    select * from {{ ref('int_account_contracts__as_of') }}
),

joined as (
    select
        today.*,
        earlier.segment as prev_segment,
        churn.market_segment,
        churn.churn_ratio,
        churn.churn_low_ratio,
        churn.churn_high_ratio,
        contracts.lifecycle as contract_state,
        contracts.mrr_usd as contract_mrr_usd,
        contracts.contract_end_on,
        greatest(contracts.contract_end_on, today.as_of_date) - today.as_of_date as days_left
    from rfm as today
    inner join {{ ref('int_account_churn__expected') }} as churn on today.account_id = churn.account_id
    left join rfm as earlier on today.account_id = earlier.account_id and earlier.lag_days > 0
    left join contracts on today.as_of_date = contracts.as_of_date and today.account_id = contracts.account_id
    where today.lag_days = 0
),

{# The first that holds; use speaks only of those who pay. #}
staged as (
    select
        *,
        case
            when contract_state is null then 'prospect'
            when contract_state in ('trial', 'churned', 'churn_pending') then contract_state
            when quiet_days >= {{ var('dormant_days') }} then 'dormant'
            when quiet_days >= {{ var('at_risk_days') }} then 'at_risk'
            else contract_state
        end as lifecycle
    from joined
),

{# Who has given notice is worth no more than the months that are left of the contract; without its end, who knows. #}
valued as (
    select
        staged.*,
        case
            when lifecycle in ('onboarding', 'active', 'at_risk', 'dormant') then 'expected'
            when lifecycle = 'churn_pending' and contract_end_on is not null then 'until_the_end'
            when lifecycle = 'churned' then 'over'
        end as still_pays,
        days_left / 30.4375 as months_left,
        assumed.gross_margin * contract_mrr_usd as monthly_margin_usd,
        {{ expected_months('churn_ratio') }} as expected_months,
        {{ expected_months('churn_high_ratio') }} as fewest_months,
        {{ expected_months('churn_low_ratio') }} as most_months
    from staged
    cross join ({{ clv_assumption() }}) as assumed
)

select
    as_of_date,
    account_id,
    market_segment,
    lifecycle,
    case
        when lifecycle in ('at_risk', 'dormant', 'churn_pending') then 'at_risk'
        when lifecycle not in ('active', 'onboarding') then lifecycle
        when segment in ('{{ var("vip_segments") | join("', '") }}') then 'vip'
        else 'active'
    end as lifecycle_group,
    segment,
    prev_segment,
    orders_code as rfm_orders_code,
    orders_r as rfm_orders_r,
    orders_f as rfm_orders_f,
    orders_m as rfm_orders_m,
    last_order_on,
    n_orders,
    orders_usd,
    round(orders_usd / n_orders, 2) as avg_order_usd,
    subscription_code as rfm_subscription_code,
    use_r as rfm_subscription_r,
    use_f as rfm_subscription_f,
    use_m as rfm_subscription_m,
    quiet_days,
    active_days,
    case when contract_state is not null then contract_mrr_usd end as mrr_usd,
    round(churn_ratio, 6) as monthly_churn_ratio,
    {{ clv('expected_months') }} as clv_usd,
    {{ clv('fewest_months') }} as clv_low_usd,
    {{ clv('most_months') }} as clv_high_usd
from valued
