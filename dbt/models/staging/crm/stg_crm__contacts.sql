with source as (
    select * from {{ source('raw_crm', 'contacts') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        contact_id,
        account_id,
        full_name,
        email,
        role,
        is_champion,
        last_seen_at,
        created_on,
        recorded_at,
        {{ superseded_at('contact_id') }} as superseded_at
    from source
)

select * from versions
