{# One row per month and account, as the account is called at the month's end: what merged is one account throughout. #}
with months as (
    select * from {{ ref('int_retention_months__to_close') }}
),

booked as (
    select
        months.month_on,
        books.account_id,
        'opening' as flow,
        books.closing_usd as amount_usd,
        0 as n_free
    from months
    inner join {{ ref('mrr_daily') }} as books on months.month_on - 1 = books.as_of_date
    union all
    select
        months.month_on,
        books.account_id,
        'closing' as flow,
        books.closing_usd as amount_usd,
        case when books.closing_usd = 0 and books.n_subscriptions > books.n_unpriced then 1 else 0 end as n_free
    from months
    inner join {{ ref('mrr_daily') }} as books on months.last_on = books.as_of_date
    union all
    select
        months.month_on,
        movements.account_id,
        movements.movement_type as flow,
        movements.mrr_delta_usd as amount_usd,
        0 as n_free
    from months
    inner join {{ ref('fct_subscription_movement') }} as movements
        on months.month_on <= movements.as_of_date and months.last_on >= movements.as_of_date
)

select
    booked.month_on,
    coalesce(identity.account_id, booked.account_id) as account_id,
    sum(booked.amount_usd) filter (where booked.flow = 'opening') as opening_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'new') as new_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'expansion') as expansion_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'contraction') as contraction_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'churn') as churn_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'reactivation') as reactivation_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'fx') as fx_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'merge') as merge_usd,
    sum(booked.amount_usd) filter (where booked.flow = 'closing') as closing_usd,
    sum(booked.n_free) as n_free
from booked
inner join months on booked.month_on = months.month_on
left join {{ ref('int_account_identity') }} as identity
    on booked.account_id = identity.account_ref and {{ resolved_at('identity', 'months.cutoff_at') }}
group by booked.month_on, coalesce(identity.account_id, booked.account_id)
