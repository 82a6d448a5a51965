{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

{# What a score changed by is not stored: it depends on when the days before were built. account_health_change_daily. #}
with account_days as (
    select * from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }}
),

accounts as (
    select * from {{ ref('dim_account') }}
),

csms as (
    select * from {{ ref('dim_csm') }}
    where as_of_date = {{ as_of() }}
)

select
    account_days.as_of_date,
    account_days.account_id,
    account_days.name,
    account_days.segment,
    account_days.tier,
    account_days.region,
    accounts.industry,
    accounts.parent_account_id,
    account_days.csm_id,
    csms.full_name as csm_name,
    account_days.lifecycle,
    account_days.lifecycle <> 'churned' as is_customer,
    account_days.tenure_days,
    account_days.mrr_usd,
    account_days.arr_usd,
    account_days.contract_end_on,
    account_days.days_to_renewal,
    account_days.auto_renew,
    account_days.billing_period,
    account_days.seats,
    account_days.last_login_days_ago,
    account_days.active_users_28d,
    account_days.active_users_prior_28d,
    account_days.usage_score,
    account_days.feature_adoption_ratio,
    account_days.usage_vs_peer_ratio,
    account_days.tickets_open,
    account_days.tickets_urgent_open,
    account_days.csat_90d,
    account_days.nps_latest,
    account_days.failed_payments_30d,
    account_days.days_past_due,
    account_days.overdue_usd,
    account_days.champion_last_seen_days_ago,
    account_days.last_touch_days_ago,
    account_days.last_touch_days_ago > {{ var('coverage_gap_days') }} as is_coverage_gap,
    account_days.health_profile,
    account_days.health_score,
    account_days.health_band,
    {{ standing_of('account_days.health_band') }} as health_standing,
    account_days.health_coverage_ratio
from account_days
inner join accounts on account_days.account_id = accounts.account_id
left join csms on account_days.csm_id = csms.csm_id
