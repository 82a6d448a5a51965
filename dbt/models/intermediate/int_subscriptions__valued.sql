{{ config(materialized='view') }}

{# What a version of a subscription is worth, and from which day until which: the one definition of MRR.
   A version is known from known_from_on until known_until_on, as days: that of the evening at which it is first known,
   and that of the evening at which another one is. #}
with versions as (
    select
        *,
        (recorded_at at time zone 'UTC')::date as known_from_on,
        (superseded_at at time zone 'UTC')::date as known_until_on,
        coalesce(is_trial, false) or coalesce(status = 'trialing', false) as is_unpaid,
        case when status = 'cancelled' then status_since_on end as cancelled_on,
        case when is_deleted then (recorded_at at time zone 'UTC')::date end as deleted_on,
        case when status = 'paused' then status_since_on + {{ var('pause_days') }} end as pause_counts_on,
        case when status = 'past_due' then status_since_on + {{ var('past_due_days') }} end as lapses_on
    from {{ ref('stg_billing__subscriptions') }}
)

select
    subscription_id,
    account_id,
    plan,
    status,
    started_on,
    notice_on,
    term_ends_on,
    billing_period,
    seats,
    currency,
    discount_ratio,
    auto_renew,
    is_unpaid,
    least(coalesce(ended_on, cancelled_on), deleted_on) as ends_on,
    deleted_on,
    pause_counts_on,
    lapses_on,
    coalesce(
        mrr,
        round(
            amount * (1 - coalesce(discount_ratio, 0)) * case billing_period
                when 'weekly' then 52 / 12.0
                when 'monthly' then 1
                when 'quarterly' then 1 / 3.0
                when 'annual' then 1 / 12.0
            end,
            6
        )
    ) as mrr,
    source_name,
    recorded_at,
    superseded_at,
    known_from_on,
    known_until_on
from versions
