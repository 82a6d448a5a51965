{{
    config(
        unique_key='ticket_id',
        indexes=[
            {'columns': ['ticket_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_support', 'tickets')) }}
),

new_versions as (
    select
        ticket_id,
        account_id,
        lower(trim(priority)) as priority,
        lower(trim(status)) as status,
        opened_at,
        first_reply_at,
        solved_at,
        csat,
        is_escalated,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_earlier_versions('new_versions', 'ticket_id') }}
)

select
    *,
    {{ superseded_at('ticket_id') }} as superseded_at
from versions
