with source as (
    select * from {{ source('raw_support', 'tickets') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
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
        {{ superseded_at('ticket_id') }} as superseded_at
    from source
)

select * from versions
