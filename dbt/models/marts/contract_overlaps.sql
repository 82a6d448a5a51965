{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_days('as_of_date', ref('stg_run')) }}",
    )
}}

with contracts as (
    select * from {{ ref('int_subscriptions__as_of') }}
    where as_of_date = {{ as_of() }} and lag_days = 0
),

rates as (
    select * from {{ ref('int_fx_rates__as_of') }}
)

select
    later.as_of_date,
    later.subscription_id,
    earlier.subscription_id as counted_subscription_id,
    later.account_id,
    later.plan,
    earlier.plan as counted_plan,
    greatest(later.started_on, earlier.started_on) as first_on,
    least(later.known_end_on, earlier.known_end_on) - 1 as last_on,
    later.mrr_set_aside as mrr,
    later.currency,
    round(later.mrr_set_aside * rates.usd_per_unit, 2) as mrr_usd
from contracts as later
inner join contracts as earlier on later.set_aside_for = earlier.subscription_id
left join rates on later.as_of_date = rates.as_of_date and later.currency = rates.currency
