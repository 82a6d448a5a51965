with source as (
    select * from {{ source('raw_crm', 'interactions') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        interaction_id,
        account_id,
        csm_id,
        lower(trim(kind)) as kind,
        outcome,
        occurred_at,
        recorded_at,
        {{ superseded_at('interaction_id') }} as superseded_at
    from source
)

select * from versions
