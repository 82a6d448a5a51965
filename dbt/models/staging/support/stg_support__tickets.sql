{{
    config(
        unique_key=['ticket_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['ticket_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
            {'columns': ['matters_until']},
            {'columns': ['account_id']},
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
    {{ with_open_versions('new_versions', 'ticket_id', computed=('superseded_at', 'matters_until')) }}
),

ended as (
    select
        *,
        {{ superseded_at('ticket_id') }} as superseded_at
    from versions
)

{# The marts ask what was opened within 84 days, solved within 90, or is still open. #}
select
    *,
    least(
        coalesce(superseded_at, 'infinity'),
        case
            when solved_at is null and coalesce(status, 'open') not in ('solved', 'closed') then 'infinity'
            else greatest(opened_at + interval '84 days', solved_at + interval '90 days')
        end
    ) as matters_until
from ended
