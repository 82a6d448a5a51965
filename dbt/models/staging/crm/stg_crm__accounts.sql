with source as (
    select * from {{ source('raw_crm', 'accounts') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        account_id,
        name,
        domain,
        lower(trim(segment)) as segment,
        tier,
        region,
        industry,
        parent_account_id,
        csm_id,
        created_on,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        recorded_at,
        {{ superseded_at('account_id') }} as superseded_at
    from source
)

select * from versions
