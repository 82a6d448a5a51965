{{ config(tags=['reconciliation']) }}

with opened as (
    select * from {{ ref('mrr_daily') }}
    where as_of_date = {{ as_of() }}
),

closed as (
    select * from {{ ref('mrr_daily') }}
    where as_of_date = {{ as_of() }} - 1
)

select
    coalesce(opened.account_id, closed.account_id) as account_id,
    closed.closing_usd,
    opened.opening_usd
from opened
full join closed on opened.account_id = closed.account_id
where coalesce(opened.opening_usd, 0) <> coalesce(closed.closing_usd, 0)
