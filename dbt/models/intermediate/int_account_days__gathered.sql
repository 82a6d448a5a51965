{{ config(materialized='ephemeral') }}

{# One row per account and day to build: what each source's models know of it, side by side. #}
with accounts as (
    select * from {{ ref('int_accounts__as_of') }}
),

contracts as (
    select * from {{ ref('int_account_contracts__as_of') }}
),

usage as (
    select * from {{ ref('int_account_usage__as_of') }}
),

service as (
    select * from {{ ref('int_account_service__as_of') }}
)

select
    accounts.as_of_date,
    accounts.is_run_day,
    accounts.account_id,
    accounts.name,
    accounts.segment,
    accounts.tier,
    accounts.region,
    accounts.csm_id,
    contracts.lifecycle,
    contracts.left_on,
    contracts.known_since_on,
    contracts.first_paid_on,
    accounts.as_of_date - contracts.first_paid_on as tenure_days,
    contracts.mrr_usd,
    contracts.mrr_90d_ago_usd,
    contracts.contract_end_on,
    contracts.contract_end_on - accounts.as_of_date as days_to_renewal,
    contracts.auto_renew,
    contracts.billing_period,
    contracts.discount_ratio,
    contracts.plan_changes_90d,
    contracts.renewals_so_far,
    contracts.reactivations_so_far,
    contracts.term_months,
    contracts.is_paused,
    contracts.is_past_due,
    contracts.price_change_365d_ratio,
    contracts.seats_change_90d_ratio,
    contracts.seats,
    accounts.as_of_date - usage.last_used_on as last_login_days_ago,
    usage.events_7d,
    usage.events_28d,
    usage.events_prior_28d,
    usage.events_84d,
    usage.active_days_28d,
    usage.active_days_84d,
    usage.events_28d_last_year,
    usage.events_prior_28d_last_year,
    case when usage.has_users then usage.users_28d_last_year end as active_users_28d_last_year,
    case when usage.has_users then usage.users_7d end as active_users_7d,
    case when usage.has_users then usage.users_28d end as active_users_28d,
    case when usage.has_users then usage.users_prior_28d end as active_users_prior_28d,
    case when usage.has_users then usage.users_84d end as active_users_84d,
    case when usage.has_users then {{ capped_share('usage.users_60d', 'contracts.seats') }} end as usage_score,
    case when usage.n_features > 0 then usage.features_used_28d end as features_used_28d,
    {{ capped_share('usage.features_used_28d', 'usage.n_features') }} as feature_adoption_ratio,
    usage.active_clients,
    usage.total_clients,
    usage.active_clients::numeric / nullif(usage.total_clients, 0) as active_client_ratio,
    usage.form_completion_ratio,
    usage.journey_open_ratio,
    usage.events_28d / nullif(usage.events_prior_28d, 0) as events_28d_vs_prior_ratio,
    usage.events_28d / nullif(contracts.seats, 0) as events_28d_per_seat,
    service.tickets_28d,
    service.tickets_30d,
    service.tickets_84d,
    service.urgent_tickets_28d,
    service.tickets_open,
    service.tickets_urgent_open,
    service.oldest_open_ticket_days,
    service.csat_84d,
    service.csat_90d,
    service.csat_age_days,
    service.first_reply_minutes_84d,
    service.sla_breaches_84d,
    service.failed_payments_30d,
    service.failed_payments_84d,
    service.days_past_due,
    service.overdue_usd,
    service.late_payments_365d,
    service.refunds_84d,
    service.champion_last_seen_days_ago,
    service.last_touch_days_ago,
    service.touches_84d,
    service.nps_latest,
    service.nps_age_days,
    service.sentiment_rating,
    service.sentiment_age_days,
    greatest(
        accounts.recorded_at, contracts.newest_recorded_at, usage.newest_recorded_at, service.newest_recorded_at
    ) as max_recorded_at
from accounts
inner join contracts
    on accounts.as_of_date = contracts.as_of_date and accounts.account_id = contracts.account_id
left join usage
    on accounts.as_of_date = usage.as_of_date and accounts.account_id = usage.account_id
left join service
    on accounts.as_of_date = service.as_of_date and accounts.account_id = service.account_id
