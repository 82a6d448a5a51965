{{
    config(
        unique_key=['contact_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['contact_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
            {'columns': ['matters_until']},
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
    {{ with_open_versions('new_versions', 'contact_id', computed=('superseded_at', 'matters_until')) }}
),

ended as (
    select
        *,
        {{ superseded_at('contact_id') }} as superseded_at
    from versions
)

{# No day whose cutoff lies later can see this version, so a new day reads the newest versions by the index alone. #}
select
    *,
    coalesce(superseded_at, 'infinity') as matters_until
from ended
