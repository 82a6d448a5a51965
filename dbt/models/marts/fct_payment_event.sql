{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['invoice_id']}, {'columns': ['account_id', 'as_of_date']}],
        pre_hook=[
            "set local enable_nestloop = on",
            "{{ delete_days('as_of_date', ref('int_mrr_days__to_build')) }}",
        ],
    )
}}

with days as (
    select * from {{ ref('int_mrr_days__to_build') }}
),

rates as (
    select * from {{ ref('int_fx_rates__dated') }}
)

select
    days.as_of_date,
    payments.payment_id,
    coalesce(identity.account_id, payments.account_id) as account_id,
    payments.invoice_id,
    payments.attempted_at,
    payments.status,
    payments.amount,
    payments.currency,
    round(payments.amount * rates.usd_per_unit, 2) as amount_usd,
    payments.failure_reason
from days
inner join {{ ref('stg_billing__payments') }} as payments
    on payments.recorded_at >= days.cutoff_at - interval '1 day'
    and {{ known_at('payments', 'days.cutoff_at') }}
left join {{ ref('int_account_identity') }} as identity
    on payments.account_id = identity.account_ref and {{ resolved_at('identity', 'days.cutoff_at') }}
left join rates
    on payments.currency = rates.currency
    and days.as_of_date >= rates.valid_from and (rates.valid_until is null or days.as_of_date < rates.valid_until)
