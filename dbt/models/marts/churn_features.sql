{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['contract_end_on']}],
        pre_hook="{{ delete_days('as_of_date', ref('int_days__to_build')) }}",
    )
}}

{%- set same_names = [
    'days_to_renewal', 'renewals_so_far', 'plan_changes_90d', 'seats', 'mrr_usd',
    'discount_ratio', 'seats_change_90d_ratio', 'tenure_days',
    'active_users_7d', 'active_users_28d', 'active_users_84d', 'features_used_28d', 'usage_vs_peer_ratio',
    'tickets_open', 'oldest_open_ticket_days', 'csat_84d',
    'late_payments_365d', 'days_past_due', 'nps_latest',
] %}
{%- set scaled_counts = {
    'events_7d': 7, 'events_28d': 28, 'events_84d': 84,
    'tickets_28d': 28, 'tickets_84d': 84, 'urgent_tickets_28d': 28,
    'failed_payments_84d': 84, 'refunds_84d': 84, 'touches_84d': 84,
} %}

with cohort as (
    select
        *,
        as_of_date - coalesce(known_since_on, first_paid_on) + 1 as days_known
    from {{ ref('int_account_days__joined') }}
    where lifecycle in ('onboarding', 'active') and mrr_usd > 0
)

select
    as_of_date,
    account_id,
    {%- for name in same_names %}
    {{ name }}::float8 as {{ name }},
    {%- endfor %}
    {%- for name, days in scaled_counts.items() %}
    ({{ scaled(name, days) }})::float8 as {{ name }},
    {%- endfor %}
    case billing_period when 'weekly' then 0.25 when 'monthly' then 1 when 'quarterly' then 3 when 'annual' then 12 end
    ::float8 as billing_period_months,
    (mrr_usd / nullif(mrr_90d_ago_usd, 0) - 1)::float8 as mrr_change_90d_ratio,
    last_login_days_ago::float8 as login_recency_days,
    {# Two windows can be compared once the earlier one was lived through. #}
    case when days_known >= 56 then events_28d_vs_prior_ratio end::float8 as events_28d_vs_prior_ratio,
    case when days_known >= 56 then events_28d_vs_season_ratio end::float8 as events_28d_vs_season_ratio,
    case when days_known >= 56 then active_users_28d::numeric / nullif(active_users_prior_28d, 0) end::float8
    as active_users_28d_vs_prior_ratio,
    ({{ scaled('events_7d', 7) }} * 4 / nullif({{ scaled('events_28d', 28) }}, 0))::float8 as events_7d_vs_28d_ratio,
    ({{ capped_share('active_users_28d', 'seats') }})::float8 as seat_use_28d_ratio,
    champion_last_seen_days_ago::float8 as champion_recency_days,
    last_touch_days_ago::float8 as touch_recency_days,
    auto_renew::integer::float8 as is_auto_renew,
    is_past_due::integer::float8 as is_past_due,
    (segment = 'enterprise')::integer::float8 as is_enterprise,
    (segment = 'mid_market')::integer::float8 as is_mid_market,
    segment,
    contract_end_on,
    max_recorded_at
from cohort
