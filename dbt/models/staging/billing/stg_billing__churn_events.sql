{{
    config(
        unique_key=['churn_event_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['churn_event_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_billing', 'churn_events')) }}
),

new_versions as (
    select
        churn_event_id,
        account_id,
        churned_on,
        lower(trim(kind)) as kind,
        reason,
        is_reactivation,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'churn_event_id') }}
)

select
    *,
    {{ superseded_at('churn_event_id') }} as superseded_at
from versions
