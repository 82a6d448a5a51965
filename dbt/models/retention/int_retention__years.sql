{# One row per month and account, as it is called at the month's end: what it paid on the evening twelve months before,
   and what it pays at the closing, at that evening's rates. A currency can move more in a year than revenue does, so its
   moves are never taken in; one that had no rate then is valued at the closing's. #}
with months as (
    select * from {{ ref('int_retention_months__to_close') }}
    where opened_12m_on is not null
),

rates as (
    select * from {{ ref('int_fx_rates__dated') }}
),

paid as (
    select
        months.month_on,
        books.account_id,
        books.closing_usd as opening_usd,
        0 as closing_usd
    from months
    inner join {{ ref('mrr_daily') }} as books on months.opened_12m_on = books.as_of_date
    union all
    select
        months.month_on,
        spans.account_id,
        0 as opening_usd,
        round(spans.mrr * coalesce(opening.usd_per_unit, closing.usd_per_unit), 2) as closing_usd
    from months
    inner join {{ ref('int_subscriptions__spans') }} as spans
        on months.last_on >= spans.from_on and months.last_on < spans.until_on
    left join rates as opening
        on spans.currency = opening.currency
        and months.opened_12m_on >= opening.valid_from
        and (opening.valid_until is null or months.opened_12m_on < opening.valid_until)
    left join rates as closing
        on spans.currency = closing.currency
        and months.last_on >= closing.valid_from
        and (closing.valid_until is null or months.last_on < closing.valid_until)
)

select
    paid.month_on,
    coalesce(identity.account_id, paid.account_id) as account_id,
    sum(paid.opening_usd) as opening_usd,
    coalesce(sum(paid.closing_usd), 0) as closing_usd
from paid
inner join months on paid.month_on = months.month_on
left join {{ ref('int_account_identity') }} as identity
    on paid.account_id = identity.account_ref and {{ resolved_at('identity', 'months.cutoff_at') }}
group by paid.month_on, coalesce(identity.account_id, paid.account_id)
