{{ config(indexes=[{'columns': ['as_of_date', 'subscription_id']}], post_hook="analyze {{ this }}") }}

{# One row per day and subscription that the books show otherwise than the evening before: what was held, what is held,
   why, and when it really happened. #}
with days as (
    select * from {{ ref('int_mrr_days__to_build') }}
),

held_before as (
    select
        days.as_of_date,
        spans.*
    from days
    inner join {{ ref('int_subscriptions__spans') }} as spans on days.as_of_date = spans.until_on
),

held_now as (
    select
        days.as_of_date,
        spans.*
    from days
    inner join {{ ref('int_subscriptions__spans') }} as spans on days.as_of_date = spans.from_on
),

moved as (
    select
        coalesce(held_now.as_of_date, held_before.as_of_date) as as_of_date,
        coalesce(held_now.subscription_id, held_before.subscription_id) as subscription_id,
        held_before.account_id as account_before,
        held_now.account_id as account_now,
        held_before.currency as currency_before,
        held_now.currency as currency_now,
        coalesce(held_before.mrr, 0) as mrr_before,
        coalesce(held_now.mrr, 0) as mrr_now,
        held_before.subscription_id is null as is_gained,
        held_now.subscription_id is null as is_lost,
        coalesce(held_now.is_paused, false) as is_paused
    from held_before
    full join held_now
        on held_before.as_of_date = held_now.as_of_date and held_before.subscription_id = held_now.subscription_id
),

versions as (
    select * from {{ ref('int_subscriptions__valued') }}
)

{# A gain that was learned late began when it says; a loss that was learned late was over when it says. #}
select
    moved.as_of_date,
    moved.subscription_id,
    coalesce(moved.account_before, moved.account_now) as account_before,
    coalesce(moved.account_now, moved.account_before) as account_now,
    coalesce(moved.currency_before, moved.currency_now) as currency_before,
    coalesce(moved.currency_now, moved.currency_before) as currency_now,
    moved.mrr_before,
    moved.mrr_now,
    case
        when moved.is_gained and coalesce(previous.started_on >= moved.as_of_date, true)
            then least(moved.as_of_date, newest.started_on)
        when moved.is_lost then least(moved.as_of_date, newest.ends_on, newest.lapses_on)
        else moved.as_of_date
    end as effective_on,
    case
        when moved.is_lost and previous.status = 'past_due' then 'past_due'
        when moved.is_lost and newest.deleted_on <= moved.as_of_date then 'deleted'
        when moved.is_lost then 'ended'
        when moved.is_paused and moved.mrr_now = 0 then 'paused'
    end as cause
from moved
left join versions as newest
    on moved.subscription_id = newest.subscription_id
    and moved.as_of_date >= newest.known_from_on
    and (newest.known_until_on is null or moved.as_of_date < newest.known_until_on)
left join versions as previous
    on moved.subscription_id = previous.subscription_id
    and moved.as_of_date > previous.known_from_on
    and (previous.known_until_on is null or moved.as_of_date <= previous.known_until_on)
