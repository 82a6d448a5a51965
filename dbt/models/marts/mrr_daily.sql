{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['account_id', 'as_of_date']}],
        pre_hook="{{ delete_days('as_of_date', ref('int_mrr_days__to_build')) }}",
    )
}}

with days as (
    select * from {{ ref('int_mrr_days__to_build') }}
),

rates as (
    select
        days.as_of_date,
        closing.currency,
        closing.usd_per_unit as closing_rate,
        opening.usd_per_unit as opening_rate
    from days
    inner join {{ ref('int_fx_rates__dated') }} as closing
        on days.as_of_date >= closing.valid_from
        and (closing.valid_until is null or days.as_of_date < closing.valid_until)
    left join {{ ref('int_fx_rates__dated') }} as opening
        on closing.currency = opening.currency
        and days.as_of_date > opening.valid_from
        and (opening.valid_until is null or days.as_of_date <= opening.valid_until)
),

spans as (
    select
        spans.*,
        greatest(spans.from_on, bounds.first_on) as first_on,
        least(spans.until_on, bounds.last_on) as last_on
    from {{ ref('int_subscriptions__spans') }} as spans
    cross join (
        select
            min(days.as_of_date) as first_on,
            max(days.as_of_date) as last_on
        from days
    ) as bounds
    where spans.from_on <= bounds.last_on and spans.until_on >= bounds.first_on
),

{# Each evening of a span, and the one after, on which it is the opening only. #}
held as (
    select
        days.as_of_date,
        spans.account_id,
        spans.currency,
        spans.mrr,
        spans.is_paused,
        days.as_of_date > spans.from_on as opens,
        days.as_of_date < spans.until_on as closes
    from spans
    cross join lateral generate_series(0, spans.last_on - spans.first_on) as evenings (n_days)
    inner join days on spans.first_on + evenings.n_days = days.as_of_date
),

valued as (
    select
        held.*,
        round(held.mrr * rates.opening_rate, 2) as opening_usd,
        round(held.mrr * rates.closing_rate, 2) as closing_usd
    from held
    left join rates on held.as_of_date = rates.as_of_date and held.currency = rates.currency
),

summed as (
    select
        as_of_date,
        account_id,
        count(*) filter (where closes) as n_subscriptions,
        count(*) filter (where closes and closing_usd is null) as n_unpriced,
        count(*) filter (where closes and is_paused) as n_paused,
        coalesce(sum(opening_usd) filter (where opens), 0) as opening_usd,
        coalesce(sum(closing_usd) filter (where closes), 0) as closing_usd,
        sum(mrr) filter (where closes) as mrr,
        min(currency) filter (where closes) as first_currency,
        max(currency) filter (where closes) as last_currency
    from valued
    group by as_of_date, account_id
)

select
    as_of_date,
    account_id,
    n_subscriptions,
    n_unpriced,
    n_paused,
    opening_usd,
    closing_usd,
    case when n_unpriced = 0 then closing_usd end as mrr_usd,
    case when n_unpriced = 0 then closing_usd * 12 end as arr_usd,
    case when n_unpriced = 0 and first_currency = last_currency then mrr end as mrr,
    case when first_currency = last_currency then first_currency end as currency
from summed
