{# Only what the orders of a day need of the invoices, so that two years of them are few pages: taken in with the
   batches that touch them, at the rate of the day they were paid. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='invoice_id',
        on_schema_change='fail',
        pre_hook="set local enable_nestloop = on",
        indexes=[{'columns': ['invoice_id']}, {'columns': ['source_name', 'batch_id']}, {'columns': ['paid_on']}],
    )
}}

with touched as (
    {{ newly_landed(ref('stg_billing__invoices'), source('raw_billing', 'invoices')) }}
),

versions as (
    select
        *,
        coalesce(paid_on, (recorded_at at time zone 'UTC')::date) as settled_on
    from {{ ref('stg_billing__invoices') }}
    where
        invoice_id in (select touched.invoice_id from touched)
        and coalesce(status, 'open') not in ('draft', 'void')
        and (paid_on is not null or status = 'paid')
)

select
    versions.invoice_id,
    versions.account_id as account_ref,
    versions.settled_on as paid_on,
    versions.amount > 0 as is_order,
    round(versions.amount * rates.usd_per_unit, 2) as amount_usd,
    versions.recorded_at,
    versions.superseded_at,
    versions.source_name,
    versions.batch_id
from versions
left join {{ ref('int_fx_rates__dated') }} as rates
    on versions.currency = rates.currency
    and versions.settled_on >= rates.valid_from
    and (rates.valid_until is null or versions.settled_on < rates.valid_until)
