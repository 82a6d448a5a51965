{# A credit note lowers the sum and is no order. #}
with moments as (
    select * from {{ ref('int_days__compared') }}
),

paid as (
    select * from {{ ref('int_invoices__paid') }}
    where
        paid_on > {{ as_of() }} - {{ var('compared_days') }} - {{ var('orders_window_days') }}
        and paid_on <= {{ as_of() }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

summed as (
    select
        moments.as_of_date,
        moments.lag_days,
        identity.account_id,
        max(paid.paid_on) filter (where paid.is_order) as last_order_on,
        count(*) filter (where paid.is_order) as n_orders,
        case when count(*) = count(paid.amount_usd) then sum(paid.amount_usd) end as orders_usd
    from moments
    inner join paid
        on moments.state_on >= paid.paid_on
        and moments.state_on - {{ var('orders_window_days') }} < paid.paid_on
        and {{ known_at('paid', 'moments.cutoff_at') }}
    inner join identity
        on paid.account_ref = identity.account_ref and {{ resolved_at('identity', 'moments.day_cutoff_at') }}
    group by moments.as_of_date, moments.lag_days, identity.account_id
)

select * from summed
where n_orders > 0
