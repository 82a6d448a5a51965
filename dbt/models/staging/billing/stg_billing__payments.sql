with source as (
    select * from {{ source('raw_billing', 'payments') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
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
        {{ superseded_at('payment_id') }} as superseded_at
    from source
)

select * from versions
