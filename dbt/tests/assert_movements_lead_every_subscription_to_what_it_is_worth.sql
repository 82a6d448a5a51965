{{ config(tags=['reconciliation']) }}

{# By subscription and currency over all accounts, so what a merge takes from one account it must give to the other. #}
with worth as (
    select
        spans.subscription_id,
        spans.currency,
        coalesce(sum(spans.mrr) filter (where spans.until_on > {{ as_of() }}), 0)
        - coalesce(sum(spans.mrr) filter (where spans.from_on < {{ as_of() }}), 0) as mrr_delta
    from {{ ref('int_subscriptions__spans') }} as spans
    where
        spans.from_on <= {{ as_of() }} and spans.until_on >= {{ as_of() }}
        and spans.currency in (select rates.currency from {{ ref('int_fx_rates__dated') }} as rates)
    group by spans.subscription_id, spans.currency
),

booked as (
    select
        subscription_id,
        currency,
        sum(mrr_delta) as mrr_delta
    from {{ ref('fct_subscription_movement') }}
    where as_of_date = {{ as_of() }}
    group by subscription_id, currency
)

select
    coalesce(worth.subscription_id, booked.subscription_id) as subscription_id,
    worth.mrr_delta,
    booked.mrr_delta as booked_delta
from worth
full join booked
    on worth.subscription_id = booked.subscription_id and worth.currency = booked.currency
where coalesce(worth.mrr_delta, 0) <> coalesce(booked.mrr_delta, 0)
