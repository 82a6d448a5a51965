{# What the scores are made of, at both moments, for every account of the CRM. #}
with moments as (
    select * from {{ ref('int_days__compared') }}
),

accounts as (
    select * from {{ ref('int_accounts__as_of') }}
    where is_run_day
),

tiers as (
    select * from {{ ref('stg_crm__accounts') }}
),

contracts as (
    select * from {{ ref('int_account_contracts__as_of') }}
),

orders as (
    select
        orders.*,
        case contracts.billing_period when 'quarterly' then 61 when 'annual' then 335 else 0 end as allowed_days
    from {{ ref('int_account_orders__as_of') }} as orders
    left join contracts
        on orders.as_of_date = contracts.as_of_date and orders.account_id = contracts.account_id
),

activity as (
    select * from {{ ref('int_account_activity__as_of') }}
),

mrr as (
    select * from {{ ref('int_account_mrr__compared') }}
)

select
    moments.as_of_date,
    moments.lag_days,
    accounts.account_id,
    tiers.tier as given_segment,
    orders.last_order_on,
    case
        when orders.account_id is not null
            then greatest(0, moments.state_on - orders.last_order_on - orders.allowed_days)
    end as order_recency_days,
    orders.n_orders,
    orders.orders_usd,
    moments.state_on - activity.last_used_on as quiet_days,
    activity.active_days,
    mrr.mrr_usd
from moments
inner join accounts on moments.as_of_date = accounts.as_of_date
left join tiers on accounts.account_id = tiers.account_id and {{ known_at('tiers', 'moments.cutoff_at') }}
left join orders
    on moments.as_of_date = orders.as_of_date
    and moments.lag_days = orders.lag_days and accounts.account_id = orders.account_id
left join activity
    on moments.as_of_date = activity.as_of_date
    and moments.lag_days = activity.lag_days and accounts.account_id = activity.account_id
left join mrr
    on moments.as_of_date = mrr.as_of_date
    and moments.lag_days = mrr.lag_days and accounts.account_id = mrr.account_id
