{{
    config(
        unique_key=['sentiment_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['sentiment_id']},
            {'columns': ['account_id', 'rated_at', 'sentiment_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_crm', 'sentiments')) }}
),

new_versions as (
    select
        sentiment_id,
        account_id,
        csm_id,
        rating,
        reason,
        rated_at,
        expires_on,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'sentiment_id') }}
)

select
    *,
    {{ superseded_at('sentiment_id') }} as superseded_at
from versions
