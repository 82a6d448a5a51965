with source as (
    select * from {{ source('raw_crm', 'users') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        csm_id,
        full_name,
        email,
        timezone,
        send_hour,
        manager_id,
        is_active,
        created_on,
        recorded_at,
        {{ superseded_at('csm_id') }} as superseded_at
    from source
)

select * from versions
