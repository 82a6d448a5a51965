{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

with cohorts as (
    select
        *,
        (cohort_month + interval '1 month' - interval '1 day')::date as opened_on
    from {{ ref('int_cohorts__known') }}
),

books as (
    select * from {{ ref('mrr_daily') }}
),

followed as (
    select
        cohorts.*,
        coalesce(closing.n_subscriptions > 0, false) and (closing.mrr_usd > 0 or closing.mrr_usd is null) as is_kept,
        case when closing.account_id is null then 0 else closing.mrr_usd end as mrr_usd,
        {# Who began and left within one month is in no book of its last evening, and paid nothing then. #}
        case
            when opening.account_id is not null then opening.mrr_usd
            when booked.as_of_date is not null then 0
        end as first_mrr_usd,
        account_days.health_score,
        milestones.days_to_achieve
    from cohorts
    left join books as closing
        on cohorts.as_of_date = closing.as_of_date and cohorts.account_id = closing.account_id
    left join books as opening
        on cohorts.opened_on = opening.as_of_date and cohorts.account_id = opening.account_id
    left join {{ ref('mrr_days_built') }} as booked on cohorts.opened_on = booked.as_of_date
    left join {{ ref('fct_account_days') }} as account_days
        on cohorts.as_of_date = account_days.as_of_date
        and cohorts.account_id = account_days.account_id and account_days.lifecycle <> 'churned'
    left join {{ ref('milestones') }} as milestones
        on cohorts.account_id = milestones.account_id
        and milestones.is_first_value and cohorts.as_of_date >= milestones.known_on
)

select
    as_of_date,
    cohort_month,
    coalesce(segment, 'unknown') as segment,
    (
        (extract(year from as_of_date) - extract(year from cohort_month)) * 12
        + extract(month from as_of_date) - extract(month from cohort_month)
    )::integer as n_months,
    count(*) as n_accounts,
    count(*) filter (where is_kept) as n_kept,
    case when count(*) = count(mrr_usd) then sum(mrr_usd) end as mrr_usd,
    case when count(*) = count(first_mrr_usd) then sum(first_mrr_usd) end as first_mrr_usd,
    round(avg(health_score), 2) as avg_health_score,
    round(avg(days_to_achieve), 1) as avg_days_to_first_value
from followed
group by as_of_date, cohort_month, coalesce(segment, 'unknown')
