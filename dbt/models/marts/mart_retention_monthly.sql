{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='month_on',
    )
}}

with flows as (
    select * from {{ ref('int_retention__accounts') }}
)

{# The gross flows, which lead from opening to closing; and the cohort, point to point: who paid at the opening, at the
   closing without what currencies did. The bridge is the difference of the two views of what was lost. The cohort of twelve
   months is its own, with its own two evenings, and no product of months. #}
select
    month_on,
    case when grouping(segment) = 1 then 'all' else segment end as segment,
    sum(opening_usd) as opening_usd,
    sum(new_usd) as new_usd,
    sum(expansion_usd) as expansion_usd,
    sum(contraction_usd) as contraction_usd,
    sum(churn_usd) as churn_usd,
    sum(reactivation_usd) as reactivation_usd,
    sum(fx_usd) as fx_usd,
    sum(merge_usd) as merge_usd,
    sum(closing_usd) as closing_usd,
    count(*) filter (where is_cohort) as n_cohort,
    count(*) filter (where is_cohort and closing_usd = 0) as n_lost,
    count(*) filter (where is_zero_mrr) as n_zero_mrr,
    coalesce(sum(cohort_opening_usd) filter (where is_cohort), 0) as cohort_opening_usd,
    coalesce(sum(cohort_closing_usd) filter (where is_cohort), 0) as cohort_closing_usd,
    coalesce(sum(least(cohort_opening_usd, cohort_closing_usd)) filter (where is_cohort), 0) as retained_usd,
    coalesce(sum(dip_and_recover_usd) filter (where is_cohort), 0) as dip_and_recover_usd,
    coalesce(sum(-(contraction_usd + churn_usd)) filter (where not is_cohort), 0) as lost_outside_cohort_usd,
    coalesce(
        sum(
            -(contraction_usd + churn_usd) - dip_and_recover_usd
            - greatest(cohort_opening_usd - cohort_closing_usd, 0)
        ) filter (where is_cohort),
        0
    ) as fx_on_lost_usd,
    round(
        sum(least(cohort_opening_usd, cohort_closing_usd)) filter (where is_cohort)
        / nullif(sum(cohort_opening_usd) filter (where is_cohort), 0), 6
    ) as grr_ratio,
    round(
        sum(cohort_closing_usd) filter (where is_cohort)
        / nullif(sum(cohort_opening_usd) filter (where is_cohort), 0), 6
    ) as nrr_ratio,
    round(
        count(*) filter (where is_cohort and closing_usd = 0)::numeric / nullif(count(*) filter (where is_cohort), 0), 6
    ) as logo_churn_ratio,
    round(
        1 - sum(least(cohort_opening_usd, cohort_closing_usd)) filter (where is_cohort)
        / nullif(sum(cohort_opening_usd) filter (where is_cohort), 0), 6
    ) as revenue_churn_ratio,
    sum((cohort_opening_12m_usd > 0)::integer) as n_cohort_12m,
    sum(cohort_opening_12m_usd) as cohort_opening_12m_usd,
    sum(cohort_closing_12m_usd) as cohort_closing_12m_usd,
    sum(least(cohort_opening_12m_usd, cohort_closing_12m_usd)) as retained_12m_usd,
    round(
        sum(least(cohort_opening_12m_usd, cohort_closing_12m_usd)) / nullif(sum(cohort_opening_12m_usd), 0), 6
    ) as grr_12m_ratio,
    round(sum(cohort_closing_12m_usd) / nullif(sum(cohort_opening_12m_usd), 0), 6) as nrr_12m_ratio
from flows
group by grouping sets ((month_on), (month_on, segment))
