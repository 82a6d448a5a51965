{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

tickets as (
    select * from {{ ref('stg_support__tickets') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

{# The upper bound says to the planner that this is a range of the index, of which it expects little. #}
known as (
    select
        days.as_of_date,
        days.cutoff_at,
        tickets.*
    from days
    inner join tickets
        on
            tickets.matters_until between days.cutoff_at and 'infinity'
            and {{ known_at('tickets', 'days.cutoff_at') }}
    where tickets.opened_at < days.cutoff_at
),

{# A ticket that was answered or solved after the day is open on it, whatever its newest version says. #}
masked as (
    select
        known.as_of_date,
        known.cutoff_at,
        identity.account_id,
        known.opened_at,
        known.recorded_at,
        known.source_name,
        known.opened_at >= known.cutoff_at - interval '84 days' as is_of_84d,
        known.priority = 'urgent' as is_urgent,
        case
            when known.solved_at is not null then known.solved_at >= known.cutoff_at
            else coalesce(known.status, 'open') not in ('solved', 'closed')
        end as is_open,
        case when known.solved_at < known.cutoff_at then known.solved_at end as solved_at,
        case when known.first_reply_at < known.cutoff_at then known.first_reply_at end as first_reply_at,
        {{ reply_due_at('known') }} as reply_due_at,
        known.csat
    from known
    inner join identity
        on known.account_id = identity.account_ref and {{ resolved_at('identity', 'known.cutoff_at') }}
),

{# Where a source tells no first replies at all, nobody knows whether one came late. A solution is an answer too. #}
judged as (
    select
        *,
        case
            when bool_or(first_reply_at is not null) over (partition by as_of_date, source_name)
                then coalesce(first_reply_at, solved_at, cutoff_at) > reply_due_at
        end as is_breached
    from masked
),

counted as (
    select
        as_of_date,
        account_id,
        count(*) filter (where opened_at >= cutoff_at - interval '28 days') as tickets_28d,
        count(*) filter (where opened_at >= cutoff_at - interval '30 days') as tickets_30d,
        count(*) filter (where is_of_84d) as tickets_84d,
        count(*) filter (
            where is_urgent and opened_at >= cutoff_at - interval '28 days'
        ) as urgent_tickets_28d,
        count(*) filter (where is_open) as tickets_open,
        count(*) filter (where is_open and is_urgent) as tickets_urgent_open,
        as_of_date - min((opened_at at time zone 'UTC')::date) filter (where is_open)
        as oldest_open_ticket_days,
        round(avg(csat) filter (where solved_at >= cutoff_at - interval '84 days'), 6) as csat_84d,
        round(avg(csat) filter (where solved_at >= cutoff_at - interval '90 days'), 6) as csat_90d,
        as_of_date - max((solved_at at time zone 'UTC')::date) filter (
            where csat is not null and solved_at >= cutoff_at - interval '90 days'
        ) as csat_age_days,
        round(
            percentile_cont(0.5) within group (
                order by extract(epoch from first_reply_at - opened_at) / 60
            ) filter (where is_of_84d and first_reply_at is not null)::numeric,
            2
        ) as first_reply_minutes_84d,
        case
            when count(is_breached) filter (where is_of_84d) > 0 or count(*) filter (where is_of_84d) = 0
                then count(*) filter (where is_of_84d and is_breached)
        end as sla_breaches_84d,
        max(recorded_at) as newest_recorded_at
    from judged
    group by as_of_date, account_id
)

select * from counted
