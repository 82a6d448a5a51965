{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

{%- set movements = ['new', 'expansion', 'contraction', 'churn', 'reactivation', 'fx'] %}

with account_days as (
    select
        *,
        {{ board_segment('segment') }} as part
    from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }}
),

accounts as (
    select
        coalesce(part, 'all') as segment,
        count(*) as n_accounts,
        count(*) filter (where mrr_usd > 0) as n_paying,
        count(*) filter (where health_standing = 'healthy') as n_healthy,
        count(*) filter (where health_standing = 'watch') as n_watch,
        count(*) filter (where health_standing = 'at_risk') as n_at_risk,
        count(*) filter (where health_standing = 'unscored') as n_unscored,
        coalesce(sum(mrr_usd), 0) as mrr_usd,
        coalesce(sum(arr_usd), 0) as arr_usd,
        coalesce(sum(arr_usd) filter (where health_standing = 'at_risk'), 0) as health_at_risk_arr_usd,
        round(avg(health_score), 2) as avg_health_score,
        round(avg(health_coverage_ratio), 6) as avg_health_coverage_ratio,
        round(
            count(*) filter (where is_coverage_gap)::numeric / nullif(count(is_coverage_gap), 0), 6
        ) as coverage_gap_ratio
    from account_days
    where is_customer
    group by grouping sets ((), (part))
),

solved as (
    select
        coalesce(account_days.part, 'all') as segment,
        round(
            percentile_cont(0.5) within group (order by tickets.resolution_hours)::numeric, 2
        ) as median_resolution_hours_90d
    from {{ ref('int_tickets__solved') }} as tickets
    inner join account_days on tickets.account_id = account_days.account_id
    where account_days.is_customer
    group by grouping sets ((), (account_days.part))
),

first_values as (
    select
        coalesce(account_days.part, 'all') as segment,
        round(
            percentile_cont(0.5) within group (order by milestones.days_to_achieve)::numeric, 1
        ) as median_days_to_first_value_90d
    from {{ ref('milestones') }} as milestones
    inner join account_days on milestones.account_id = account_days.account_id
    where
        milestones.is_first_value
        and milestones.achieved_on > {{ as_of() }} - 90
        and account_days.is_customer
    group by grouping sets ((), (account_days.part))
),

assumed as (
    select
        max(value) filter (where name = 'preventable_churn_low_ratio') as low_ratio,
        max(value) filter (where name = 'preventable_churn_high_ratio') as high_ratio
    from {{ ref('int_assumptions__dated') }}
),

{# By the segment that the account has on the day; what moved at an account that the day no longer lists is unknown. #}
moved as (
    select
        case
            when grouping(coalesce(account_days.part, 'unknown')) = 1 then 'all'
            else coalesce(account_days.part, 'unknown')
        end as segment
        {%- for movement in movements %},
        coalesce(sum(movements.mrr_delta_usd) filter (
            where movements.movement_type = '{{ movement }}' and movements.as_of_date = {{ as_of() }}
        ), 0) as {{ movement }}_mrr_usd,
        coalesce(
            sum(movements.mrr_delta_usd) filter (where movements.movement_type = '{{ movement }}'), 0
        ) as {{ movement }}_mrr_month_to_date_usd
        {%- endfor %}
    from {{ ref('fct_subscription_movement') }} as movements
    left join account_days on movements.account_id = account_days.account_id
    where movements.as_of_date between date_trunc('month', {{ as_of() }})::date and {{ as_of() }}
    group by grouping sets ((), (coalesce(account_days.part, 'unknown')))
),

{# A month is complete on its last evening, so a day that ends one shows that very month; never one after the day. #}
retention as (
    select * from {{ ref('mart_retention_monthly') }}
    where month_on = (date_trunc('month', {{ as_of() }} + 1) - interval '1 month')::date
)

select
    {{ as_of() }} as as_of_date,
    coalesce(accounts.segment, moved.segment) as segment,
    {%- for figure in [
        'n_accounts', 'n_paying', 'n_healthy', 'n_watch', 'n_at_risk', 'n_unscored', 'mrr_usd', 'arr_usd',
        'health_at_risk_arr_usd',
    ] %}
    coalesce(accounts.{{ figure }}, 0) as {{ figure }},
    {%- endfor %}
    accounts.avg_health_score,
    accounts.avg_health_coverage_ratio,
    accounts.coverage_gap_ratio,
    solved.median_resolution_hours_90d,
    first_values.median_days_to_first_value_90d,
    round(coalesce(accounts.arr_usd, 0) * assumed.low_ratio, 2) as assumed_preventable_low_usd,
    round(coalesce(accounts.arr_usd, 0) * assumed.high_ratio, 2) as assumed_preventable_high_usd
    {%- for movement in movements %},
    coalesce(moved.{{ movement }}_mrr_usd, 0) as {{ movement }}_mrr_usd,
    coalesce(moved.{{ movement }}_mrr_month_to_date_usd, 0) as {{ movement }}_mrr_month_to_date_usd
    {%- endfor %},
    retention.month_on as retention_month_on,
    retention.grr_ratio as grr_last_month_ratio,
    retention.nrr_ratio as nrr_last_month_ratio,
    retention.logo_churn_ratio as logo_churn_last_month_ratio
from accounts
full outer join moved on accounts.segment = moved.segment
cross join assumed
left join solved on accounts.segment = solved.segment
left join first_values on accounts.segment = first_values.segment
left join retention on coalesce(accounts.segment, moved.segment) = retention.segment
