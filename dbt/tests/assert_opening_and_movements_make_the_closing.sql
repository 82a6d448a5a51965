{{ config(tags=['reconciliation']) }}

{# For every account on every day that was just booked: on a first build that is the whole history. #}
with days as (
    select as_of_date from {{ ref('int_mrr_days__to_build') }}
),

books as (
    select mrr_daily.*
    from {{ ref('mrr_daily') }} as mrr_daily
    inner join days on mrr_daily.as_of_date = days.as_of_date
),

movements as (
    select
        movements.as_of_date,
        movements.account_id,
        sum(movements.mrr_delta_usd) as moved_usd
    from {{ ref('fct_subscription_movement') }} as movements
    inner join days on movements.as_of_date = days.as_of_date
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
