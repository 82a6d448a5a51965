{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{# The lines of the ledger before they are named: what the currency did to the opening, what moved to another account,
   and what changed. In this order they lead from the opening to the closing, each valued at one rate, to the cent. #}
with moved as (
    select * from {{ ref('int_subscriptions__moved') }}
),

rates as (
    select
        *,
        lag(usd_per_unit) over (partition by currency order by valid_from) as usd_per_unit_before
    from {{ ref('int_fx_rates__dated') }}
),

revalued as (
    select
        days.as_of_date,
        spans.account_id,
        spans.subscription_id,
        'fx' as kind,
        spans.currency,
        rates.valid_from as fx_date,
        spans.mrr as mrr_before,
        spans.mrr as mrr_after,
        coalesce(round(spans.mrr * rates.usd_per_unit_before, 2), 0) as usd_before,
        round(spans.mrr * rates.usd_per_unit, 2) as usd_after,
        days.as_of_date as effective_on,
        null::text as cause
    from {{ ref('int_mrr_days__to_build') }} as days
    inner join rates on days.as_of_date = rates.valid_from
    inner join {{ ref('int_subscriptions__spans') }} as spans
        on rates.currency = spans.currency
        and days.as_of_date > spans.from_on and days.as_of_date <= spans.until_on
),

split as (
    select
        moved.as_of_date,
        line.account_id,
        moved.subscription_id,
        line.kind,
        line.currency,
        line.mrr_before,
        line.mrr_after,
        moved.effective_on,
        moved.cause
    from moved
    cross join lateral (
        values
        (
            'merge', moved.account_before, moved.currency_before,
            moved.mrr_before, 0, moved.account_before <> moved.account_now
        ),
        (
            'merge', moved.account_now, moved.currency_before,
            0, moved.mrr_before, moved.account_before <> moved.account_now
        ),
        (
            'change', moved.account_now, moved.currency_now,
            case when moved.currency_before = moved.currency_now then moved.mrr_before else 0 end, moved.mrr_now, true
        ),
        (
            'change', moved.account_now, moved.currency_before,
            moved.mrr_before, 0, moved.currency_before <> moved.currency_now
        )
    ) as line (kind, account_id, currency, mrr_before, mrr_after, is_needed)
    where line.is_needed and line.mrr_before <> line.mrr_after
)

select
    split.as_of_date,
    split.account_id,
    split.subscription_id,
    split.kind,
    split.currency,
    rates.valid_from as fx_date,
    split.mrr_before,
    split.mrr_after,
    round(split.mrr_before * rates.usd_per_unit, 2) as usd_before,
    round(split.mrr_after * rates.usd_per_unit, 2) as usd_after,
    split.effective_on,
    split.cause
from split
inner join rates
    on split.currency = rates.currency
    and split.as_of_date >= rates.valid_from
    and (rates.valid_until is null or split.as_of_date < rates.valid_until)
union all
select * from revalued
where usd_before <> usd_after
