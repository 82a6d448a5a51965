{{
    config(
        unique_key=['payment_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['payment_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
            {'columns': ['attempted_at']},
            {'columns': ['invoice_id']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_billing', 'payments')) }}
),

new_versions as (
    select
        payment_id,
        account_id,
        invoice_id,
        attempted_at,
        lower(trim(status)) as status,
        amount,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        failure_reason,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'payment_id') }}
)

select
    *,
    {{ superseded_at('payment_id') }} as superseded_at
from versions
