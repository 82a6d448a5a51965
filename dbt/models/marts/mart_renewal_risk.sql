{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

with accounts as (
    select * from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }} and is_customer
),

calendar as (
    select * from {{ ref('dim_calendar') }}
)

select
    accounts.as_of_date,
    accounts.account_id,
    accounts.contract_end_on as renewal_on,
    calendar.month_start_on as renewal_month_on,
    calendar.is_business_day,
    accounts.days_to_renewal,
    accounts.name,
    accounts.segment,
    accounts.tier,
    accounts.region,
    accounts.csm_id,
    accounts.csm_name,
    accounts.mrr_usd,
    accounts.arr_usd,
    accounts.auto_renew,
    accounts.lifecycle = 'churn_pending' as is_notice_given,
    accounts.billing_period,
    accounts.health_score,
    accounts.health_band,
    accounts.health_standing,
    accounts.last_touch_days_ago
from accounts
inner join calendar on accounts.contract_end_on = calendar.date_day
where accounts.days_to_renewal between 0 and {{ var('renewal_horizon_days') }}
