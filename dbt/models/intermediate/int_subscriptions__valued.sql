{{ config(materialized='view') }}

{# What a version of a subscription is worth, and from which day until which: the one definition of MRR.
   A version is known from known_from_on until known_until_on, as days: that of the evening at which it is first known,
   and that of the evening at which another one is. #}
with versions as (
    select
        *,
        (recorded_at at time zone 'UTC')::date as known_from_on,
        (superseded_at at time zone 'UTC')::date as known_until_on,
        coalesce(is_trial, false) or coalesce(status = 'trialing', false) as is_free
    from {{ ref('stg_billing__subscriptions') }}
),

{# A trial comes before the first payment. Billing systems also say so of a free month that keeps a customer: what was
   paid for until the evening before keeps its MRR. Only such a version looks up what the subscription was before. #}
dated as (
    select
        versions.*,
        versions.is_free and not coalesce(
            (
                select
                    not coalesce(earlier.is_deleted or earlier.status = 'cancelled', false)
                    and earlier.started_on < versions.known_from_on
                    and coalesce(earlier.ended_on >= versions.known_from_on, true)
                from {{ ref('stg_billing__subscriptions') }} as earlier
                where
                    versions.is_free
                    and versions.subscription_id = earlier.subscription_id
                    and earlier.recorded_at < versions.known_from_on::timestamp at time zone 'UTC'
                    and not coalesce(earlier.is_trial or earlier.status = 'trialing', false)
                order by earlier.recorded_at desc, earlier.source_name desc
                limit 1
            ),
            false
        ) as is_unpaid,
        case when versions.status = 'cancelled' then versions.status_since_on end as cancelled_on,
        case when versions.is_deleted then versions.known_from_on end as deleted_on,
        case
            when versions.status = 'paused' then versions.status_since_on + {{ var('pause_days') }}
        end as pause_counts_on,
        case
            when versions.status = 'past_due' then versions.status_since_on + {{ var('past_due_days') }}
        end as lapses_on
    from versions
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
from dated
