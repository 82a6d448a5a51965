{{ config(tags=['reconciliation']) }}

{# For every account on every day that was just booked: on a first build that is the whole history. #}
with books as (
    select * from {{ ref('mrr_daily') }}
    where as_of_date = any(array(select days.as_of_date from {{ ref('int_mrr_days__to_build') }} as days))
),

movements as (
    select
        movements.as_of_date,
        movements.account_id,
        sum(movements.mrr_delta_usd) as moved_usd
    from {{ ref('fct_subscription_movement') }} as movements
    where movements.as_of_date = any(array(select days.as_of_date from {{ ref('int_mrr_days__to_build') }} as days))
    group by movements.as_of_date, movements.account_id
)

select
    coalesce(books.as_of_date, movements.as_of_date) as as_of_date,
    coalesce(books.account_id, movements.account_id) as account_id,
    books.opening_usd,
    movements.moved_usd,
    books.closing_usd
from books
full join movements
    on books.as_of_date = movements.as_of_date and books.account_id = movements.account_id
where coalesce(books.opening_usd, 0) + coalesce(movements.moved_usd, 0) is distinct from coalesce(books.closing_usd, 0)
