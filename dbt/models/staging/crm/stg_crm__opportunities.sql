with source as (
    select * from {{ source('raw_crm', 'opportunities') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        opportunity_id,
        account_id,
        lower(trim(kind)) as kind,
        lower(trim(stage)) as stage,
        amount,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        close_on,
        created_at,
        recorded_at,
        {{ superseded_at('opportunity_id') }} as superseded_at
    from source
)

select * from versions
