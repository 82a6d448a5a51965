{{ config(tags=['reconciliation']) }}

{# To the cent: the flows lead from opening to closing; what the flows lost and the cohort did not is the bridge. #}
select months.*
from {{ ref('mart_retention_monthly') }} as months
inner join {{ ref('stg_run') }} as run on months.month_on <= run.as_of_date
where
    months.opening_usd + months.new_usd + months.expansion_usd + months.contraction_usd + months.churn_usd
    + months.reactivation_usd + months.fx_usd + months.merge_usd <> months.closing_usd
    or -(months.contraction_usd + months.churn_usd)
    <> months.cohort_opening_usd - months.retained_usd
    + months.dip_and_recover_usd + months.lost_outside_cohort_usd + months.fx_on_lost_usd
