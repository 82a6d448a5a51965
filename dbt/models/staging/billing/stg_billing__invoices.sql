{{
    config(
        unique_key='invoice_id',
        indexes=[
            {'columns': ['invoice_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_billing', 'invoices')) }}
),

new_versions as (
    select
        invoice_id,
        account_id,
        subscription_id,
        issued_on,
        due_on,
        paid_on,
        amount,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        lower(trim(status)) as status,
        period_start_on,
        period_end_on,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_earlier_versions('new_versions', 'invoice_id') }}
)

select
    *,
    {{ superseded_at('invoice_id') }} as superseded_at
from versions
