{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        indexes=[{'columns': ['account_id', 'as_of_date']}],
        post_hook="{{ compare_later_days() }}",
    )
}}

with account_days as (
    select * from {{ ref('int_account_days__customers') }}
),

health as (
    select * from {{ ref('account_health_daily') }}
    where as_of_date = {{ as_of() }}
),

changes as (
    select * from {{ ref('account_health_change_daily') }}
    where as_of_date = {{ as_of() }}
),

{# As the formulas have it: an override concerns what is shown. #}
every_profile as (
    select
        account_id,
        round(max(computed_score) filter (where profile = 'penalty_v0') / 100, 4) as penalty_v0,
        max(computed_score) filter (where profile = 'points_v0') as points_v0,
        max(computed_score) filter (where profile = 'weighted_v1') as weighted_v1
    from health
    group by account_id
)

select
    account_days.as_of_date,
    account_days.account_id,
    account_days.name,
    account_days.segment,
    account_days.tier,
    account_days.region,
    account_days.csm_id,
    account_days.lifecycle,
    account_days.tenure_days,
    account_days.mrr_usd,
    account_days.mrr_usd * 12 as arr_usd,
    account_days.contract_end_on,
    account_days.days_to_renewal,
    account_days.auto_renew,
    account_days.billing_period,
    account_days.seats::integer as seats,
    account_days.last_login_days_ago,
    round(account_days.events_7d)::bigint as events_7d,
    round(account_days.events_28d)::bigint as events_28d,
    round(account_days.events_prior_28d)::bigint as events_prior_28d,
    account_days.active_users_7d::integer as active_users_7d,
    account_days.active_users_28d::integer as active_users_28d,
    account_days.active_users_prior_28d::integer as active_users_prior_28d,
    round(account_days.usage_score, 6) as usage_score,
    account_days.features_used_28d::integer as features_used_28d,
    round(account_days.feature_adoption_ratio, 6) as feature_adoption_ratio,
    account_days.active_clients::integer as active_clients,
    account_days.total_clients::integer as total_clients,
    round(account_days.form_completion_ratio, 6) as form_completion_ratio,
    round(account_days.journey_open_ratio, 6) as journey_open_ratio,
    account_days.tickets_30d::integer as tickets_30d,
    account_days.tickets_open::integer as tickets_open,
    account_days.tickets_urgent_open::integer as tickets_urgent_open,
    account_days.oldest_open_ticket_days,
    account_days.csat_90d,
    account_days.failed_payments_30d::integer as failed_payments_30d,
    account_days.days_past_due,
    account_days.overdue_usd,
    account_days.champion_last_seen_days_ago,
    account_days.last_touch_days_ago,
    account_days.nps_latest,
    account_days.usage_vs_peer_ratio,
    account_days.health_profile,
    shown.health_score,
    shown.band as health_band,
    shown.coverage_ratio as health_coverage_ratio,
    changes.delta_1d as health_delta_1d,
    changes.delta_7d as health_delta_7d,
    changes.delta_30d as health_delta_30d,
    changes.delta_90d as health_delta_90d,
    changes.trend_7d as health_trend_7d,
    changes.trend_30d as health_trend_30d,
    changes.trend_90d as health_trend_90d,
    changes.noise_points as health_noise_points,
    shown.cap_applied as health_cap_applied,
    shown.override_applied as health_override,
    shown.override_reason as health_override_reason,
    shown.override_author as health_override_author,
    account_days.sentiment_rating::integer as sentiment_rating,
    account_days.sentiment_age_days::integer as sentiment_age_days,
    {{ divergence_of('account_days', 'shown.profile', 'shown.band') }} as health_divergence,
    round(account_days.season_ratio, 6) as season_ratio,
    round(account_days.events_28d_vs_season_ratio, 6) as events_28d_vs_season_ratio,
    every_profile.penalty_v0,
    every_profile.points_v0,
    every_profile.weighted_v1
from account_days
inner join health as shown
    on account_days.account_id = shown.account_id and account_days.health_profile = shown.profile
inner join changes on account_days.account_id = changes.account_id
inner join every_profile on account_days.account_id = every_profile.account_id
