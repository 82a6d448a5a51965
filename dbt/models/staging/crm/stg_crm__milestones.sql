{{
    config(
        unique_key=['milestone_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['milestone_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_crm', 'milestones')) }}
),

new_versions as (
    select
        milestone_id,
        account_id,
        milestone,
        achieved_at,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'milestone_id') }}
)

select
    *,
    {{ superseded_at('milestone_id') }} as superseded_at
from versions
