with source as (
    select * from {{ source('raw_billing', 'invoices') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
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
        recorded_at,
        {{ superseded_at('invoice_id') }} as superseded_at
    from source
)

select * from versions
