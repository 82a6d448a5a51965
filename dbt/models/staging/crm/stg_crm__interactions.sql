{{
    config(
        unique_key=['interaction_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['interaction_id']},
            {'columns': ['account_id', 'occurred_at', 'interaction_id']},
            {'columns': ['occurred_at']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_crm', 'interactions')) }}
),

new_versions as (
    select
        interaction_id,
        account_id,
        csm_id,
        lower(trim(kind)) as kind,
        outcome,
        occurred_at,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'interaction_id') }}
)

select
    *,
    {{ superseded_at('interaction_id') }} as superseded_at
from versions
