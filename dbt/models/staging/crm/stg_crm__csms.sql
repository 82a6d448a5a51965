{{
    config(
        unique_key=['csm_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['csm_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_crm', 'users')) }}
),

new_versions as (
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
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'csm_id') }}
)

select
    *,
    {{ superseded_at('csm_id') }} as superseded_at
from versions
