{{ config(tags=['reconciliation']) }}

{# As many orders, and their money, as the narrow table of paid invoices holds for the accounts of the day. #}
with valued as (
    select
        coalesce(sum(n_orders), 0) as n_orders,
        coalesce(sum(orders_usd), 0) as orders_usd
    from {{ ref('account_value') }}
    where as_of_date = {{ as_of() }}
),

by_account as (
    select
        accounts.account_id,
        count(*) filter (where paid.is_order) as n_orders,
        case when count(*) = count(paid.amount_usd) then sum(paid.amount_usd) end as orders_usd
    from {{ ref('int_invoices__paid') }} as paid
    inner join {{ ref('int_account_identity') }} as identity
        on paid.account_ref = identity.account_ref and {{ resolved_at('identity', cutoff()) }}
    inner join {{ ref('int_accounts__as_of') }} as accounts
        on identity.account_id = accounts.account_id and accounts.is_run_day
    where
        {{ known_at('paid', cutoff()) }}
        and paid.paid_on > {{ as_of() }} - {{ var('orders_window_days') }}
        and paid.paid_on <= {{ as_of() }}
    group by accounts.account_id
),

paid as (
    select
        coalesce(sum(n_orders), 0) as n_orders,
        coalesce(sum(orders_usd), 0) as orders_usd
    from by_account
    where n_orders > 0
)

select *
from valued
cross join paid
where valued.n_orders <> paid.n_orders or valued.orders_usd <> paid.orders_usd
