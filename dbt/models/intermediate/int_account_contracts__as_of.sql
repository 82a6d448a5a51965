{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with subscriptions as (
    select * from {{ ref('int_subscriptions__as_of') }}
),

rates as (
    select * from {{ ref('int_fx_rates__as_of') }}
),

changes as (
    select * from {{ ref('int_subscriptions__changed') }}
),

{# All moments at the day's own rate: a currency that moves is not an account that grows. #}
valued as (
    select
        subscriptions.*,
        subscriptions.lag_days = 0 and subscriptions.is_running and not subscriptions.is_unpaid as is_paying,
        subscriptions.lag_days = 90 and subscriptions.is_running and not subscriptions.is_unpaid as was_paying,
        subscriptions.lag_days = 365 and subscriptions.is_running and not subscriptions.is_unpaid as paid_a_year_ago,
        subscriptions.lag_days = 0 and not subscriptions.is_unpaid as is_or_was_paid,
        round(subscriptions.mrr * rates.usd_per_unit, 2) as mrr_usd
    from subscriptions
    left join rates
        on subscriptions.as_of_date = rates.as_of_date and subscriptions.currency = rates.currency
),

summed as (
    select
        as_of_date,
        account_id,
        count(*) filter (where is_paying) as n_paying,
        count(*) filter (where is_paying and notice_given_on is null) as n_paying_without_notice,
        count(*) filter (where lag_days = 0 and is_running and is_unpaid) as n_trials,
        count(*) filter (where is_paying and mrr_usd is null) as n_without_price,
        sum(mrr_usd) filter (where is_paying) as mrr_usd,
        case
            when count(*) filter (where was_paying and mrr_usd is null) = 0
                then sum(mrr_usd) filter (where was_paying)
        end as mrr_90d_ago_usd,
        case
            when count(*) filter (where paid_a_year_ago and mrr_usd is null) = 0
                then sum(mrr_usd) filter (where paid_a_year_ago)
        end as mrr_365d_ago_usd,
        sum(seats) filter (where is_paying) as seats,
        sum(seats) filter (where was_paying) as seats_90d_ago,
        sum(seats) filter (where paid_a_year_ago) as seats_365d_ago,
        bool_and(is_paused) filter (where is_paying) as is_paused,
        bool_or(is_past_due) filter (where is_paying) as is_past_due,
        sum(discount_ratio * mrr_usd) filter (where is_paying and discount_ratio is not null)
        / nullif(sum(mrr_usd) filter (where is_paying and discount_ratio is not null), 0) as discount_ratio,
        bool_and(auto_renew) filter (where is_paying) as auto_renew,
        (array_agg(billing_period order by mrr_usd desc nulls last, subscription_id)
            filter (where is_paying))[1] as billing_period,
        min(coalesce(known_end_on, term_ends_on)) filter (
            where is_paying and coalesce(known_end_on, term_ends_on) >= as_of_date
        ) as contract_end_on,
        min(started_on) filter (where lag_days = 0) as known_since_on,
        min(started_on) filter (where is_or_was_paid) as first_paid_on,
        max(known_end_on) filter (where is_or_was_paid) as last_end_on,
        max(recorded_at) as newest_recorded_at
    from valued
    group by as_of_date, account_id
)

select
    summed.as_of_date,
    summed.account_id,
    case
        when n_paying > 0 and n_paying_without_notice = 0 then 'churn_pending'
        when n_paying > 0 and summed.as_of_date - first_paid_on < {{ var('onboarding_days') }} then 'onboarding'
        when n_paying > 0 then 'active'
        when n_trials > 0 then 'trial'
        when first_paid_on is not null then 'churned'
    end as lifecycle,
    case when n_without_price = 0 then coalesce(mrr_usd, 0) end as mrr_usd,
    mrr_90d_ago_usd,
    seats,
    discount_ratio,
    auto_renew,
    billing_period,
    contract_end_on,
    known_since_on,
    first_paid_on,
    case when n_paying = 0 then last_end_on end as left_on,
    coalesce(changes.plan_changes_90d, 0) as plan_changes_90d,
    coalesce(changes.renewals_so_far, 0) as renewals_so_far,
    coalesce(changes.reactivations_so_far, 0) as reactivations_so_far,
    round(
        mrr_usd / nullif(seats, 0) / nullif(mrr_365d_ago_usd / nullif(seats_365d_ago, 0), 0) - 1, 6
    ) as price_change_365d_ratio,
    round(seats::numeric / nullif(seats_90d_ago, 0) - 1, 6) as seats_change_90d_ratio,
    coalesce(is_paused, false) as is_paused,
    coalesce(is_past_due, false) as is_past_due,
    round((contract_end_on - greatest(changes.last_renewed_on, first_paid_on)) / 30.4375)::integer as term_months,
    newest_recorded_at
from summed
left join changes
    on summed.as_of_date = changes.as_of_date and summed.account_id = changes.account_id
