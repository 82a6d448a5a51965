{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with measured as (
    select * from {{ ref('int_account_rfm__measured') }}
),

scored as (
    select
        *,
        {{ rfm_score('order_recency_days', 'order_recency') }} as orders_r,
        {{ rfm_score('n_orders', 'order_frequency') }} as orders_f,
        {{ rfm_score('orders_usd', 'order_value') }} as orders_m,
        {{ rfm_score('quiet_days', 'use_recency') }} as use_r,
        {{ rfm_score('active_days', 'use_frequency') }} as use_f,
        {{ rfm_score('mrr_usd', 'mrr') }} as use_m
    from measured
),

coded as (
    select
        *,
        {{ rfm_code('orders_r', 'orders_f', 'orders_m') }} as orders_code,
        {{ rfm_code('use_r', 'use_f', 'use_m') }} as subscription_code
    from scored
)

{# A name that the company itself gave is not overruled by arithmetic. #}
select
    *,
    coalesce(
        {{ segment_named('given_segment') }}, {{ segment_of('coalesce(orders_code, subscription_code)') }}
    ) as segment
from coded
