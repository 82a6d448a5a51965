{{ config(tags=['reconciliation']) }}

{# Two ways to the same figure: from the day's contracts, and from the spans of the books. #}
with account_days as (
    select * from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }}
),

books as (
    select mrr_daily.*
    from {{ ref('mrr_daily') }} as mrr_daily
    inner join {{ ref('int_accounts__as_of') }} as accounts
        on mrr_daily.as_of_date = accounts.as_of_date and mrr_daily.account_id = accounts.account_id
    where mrr_daily.as_of_date = {{ as_of() }}
)

select
    coalesce(account_days.account_id, books.account_id) as account_id,
    account_days.mrr_usd,
    books.mrr_usd as booked_usd
from account_days
full join books on account_days.account_id = books.account_id
where
    account_days.mrr_usd is distinct from case when books.account_id is null then 0 else books.mrr_usd end
    and (account_days.account_id is not null or books.closing_usd > 0 or books.n_unpriced > 0)
