{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

{# A day knows its week up to itself, so that no later day is needed to build it again: Sunday's row is the week. #}
with accounts as (
    select * from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }} and is_customer
),

calendar as (
    select * from {{ ref('dim_calendar') }}
    where date_day = {{ as_of() }}
),

touches as (
    select * from {{ ref('int_touches__week_to_date') }}
),

solved as (
    select
        case when grouping(accounts.csm_id) = 1 then 'all' else coalesce(accounts.csm_id, 'unassigned') end as csm_id,
        round(
            percentile_cont(0.5) within group (order by tickets.resolution_hours)::numeric, 2
        ) as median_resolution_hours_90d
    from {{ ref('int_tickets__solved') }} as tickets
    inner join accounts on tickets.account_id = accounts.account_id
    group by grouping sets ((), (accounts.csm_id))
),

books as (
    select
        case when grouping(accounts.csm_id) = 1 then 'all' else coalesce(accounts.csm_id, 'unassigned') end as csm_id,
        max(accounts.csm_name) as csm_name,
        count(*) as n_accounts,
        coalesce(sum(accounts.arr_usd), 0) as arr_usd,
        count(*) filter (where accounts.health_standing = 'at_risk') as n_at_risk,
        coalesce(sum(accounts.arr_usd) filter (where accounts.health_standing = 'at_risk'), 0) as at_risk_arr_usd,
        count(*) filter (where accounts.health_standing = 'unscored') as n_unscored,
        round(avg(accounts.health_score), 2) as avg_health_score,
        percentile_cont(0.5) within group (order by accounts.last_touch_days_ago) as median_touch_days_ago,
        count(*) filter (where accounts.is_coverage_gap) as n_coverage_gaps,
        count(*) filter (where accounts.is_coverage_gap is null) as n_touch_unknown,
        coalesce(sum(accounts.tickets_open), 0) as n_tickets_open,
        coalesce(sum(accounts.tickets_urgent_open), 0) as n_tickets_urgent_open,
        sum(touches.n_touches) as n_touches,
        count(*) filter (where touches.n_touches > 0) as n_accounts_touched
    from accounts
    left join touches on accounts.account_id = touches.account_id
    group by grouping sets ((), (accounts.csm_id))
)

select
    {{ as_of() }} as as_of_date,
    books.csm_id,
    calendar.week_start_on,
    calendar.is_week_end,
    case when books.csm_id <> 'all' then books.csm_name end as csm_name,
    books.n_accounts,
    books.arr_usd,
    books.n_at_risk,
    books.at_risk_arr_usd,
    books.n_unscored,
    books.avg_health_score,
    round(books.n_at_risk::numeric / nullif(books.n_accounts - books.n_unscored, 0), 6) as at_risk_ratio,
    round(books.median_touch_days_ago::numeric, 1) as median_touch_days_ago,
    books.n_coverage_gaps,
    books.n_touch_unknown,
    round(
        books.n_coverage_gaps::numeric / nullif(books.n_accounts - books.n_touch_unknown, 0), 6
    ) as coverage_gap_ratio,
    coalesce(books.n_touches, 0)::bigint as n_touches,
    books.n_accounts_touched,
    books.n_tickets_open,
    books.n_tickets_urgent_open,
    solved.median_resolution_hours_90d
from books
cross join calendar
left join solved on books.csm_id = solved.csm_id
where books.n_accounts > 0
