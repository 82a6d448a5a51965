{{
    config(
        unique_key='contact_id',
        indexes=[
            {'columns': ['contact_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_crm', 'contacts')) }}
),

new_versions as (
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
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_earlier_versions('new_versions', 'contact_id') }}
)

select
    *,
    {{ superseded_at('contact_id') }} as superseded_at
from versions
