{{
    config(
        unique_key=['survey_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['survey_id']},
            {'columns': ['account_id', 'answered_at', 'survey_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_support', 'surveys')) }}
),

new_versions as (
    select
        survey_id,
        account_id,
        lower(trim(kind)) as kind,
        score,
        answered_at,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'survey_id') }}
)

select
    *,
    {{ superseded_at('survey_id') }} as superseded_at
from versions
