{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

tickets as (
    select * from {{ ref('stg_support__tickets') }}
),

{# A ticket that was solved after the day is still open on it, whatever its newest version says. #}
masked as (
    select
        days.as_of_date,
        days.cutoff_at,
        tickets.account_id,
        tickets.opened_at,
        tickets.recorded_at,
        tickets.priority = 'urgent' as is_urgent,
        case
            when tickets.solved_at is not null then tickets.solved_at >= days.cutoff_at
            else coalesce(tickets.status, 'open') not in ('solved', 'closed')
        end as is_open,
        case when tickets.solved_at < days.cutoff_at then tickets.solved_at end as solved_at,
        tickets.csat
    from days
    inner join tickets on {{ known_at('tickets', 'days.cutoff_at') }}
    where tickets.opened_at < days.cutoff_at
),

counted as (
    select
        as_of_date,
        account_id,
        count(*) filter (where opened_at >= cutoff_at - interval '28 days') as tickets_28d,
        count(*) filter (where opened_at >= cutoff_at - interval '30 days') as tickets_30d,
        count(*) filter (where opened_at >= cutoff_at - interval '84 days') as tickets_84d,
        count(*) filter (
            where is_urgent and opened_at >= cutoff_at - interval '28 days'
        ) as urgent_tickets_28d,
        count(*) filter (where is_open) as tickets_open,
        count(*) filter (where is_open and is_urgent) as tickets_urgent_open,
        as_of_date - min((opened_at at time zone 'UTC')::date) filter (where is_open)
        as oldest_open_ticket_days,
        round(avg(csat) filter (where solved_at >= cutoff_at - interval '84 days'), 6) as csat_84d,
        round(avg(csat) filter (where solved_at >= cutoff_at - interval '90 days'), 6) as csat_90d,
        max(recorded_at) as newest_recorded_at
    from masked
    group by as_of_date, account_id
)

select * from counted
