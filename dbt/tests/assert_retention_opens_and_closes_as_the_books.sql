{{ config(tags=['reconciliation']) }}

{# The month that the run's day ends, or the last one before it, against the evening on which it closed. #}
with newest as (
    select
        months.month_on,
        months.closing_usd,
        (months.month_on + interval '1 month')::date - 1 as last_on
    from {{ ref('mart_retention_monthly') }} as months
    where
        months.segment = 'all'
        and (months.month_on + interval '1 month')::date - 1 = {{ as_of() }}
)

select
    newest.month_on,
    newest.closing_usd,
    sum(books.closing_usd) as booked_usd
from newest
left join {{ ref('mrr_daily') }} as books on newest.last_on = books.as_of_date
group by newest.month_on, newest.closing_usd
having newest.closing_usd <> coalesce(sum(books.closing_usd), 0)
