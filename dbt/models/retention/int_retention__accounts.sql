{# The month of one account, and the year that ends with it. What it gained and lost again nets in the cohort views; a
   currency is in neither. Of a year that the books do not hold nothing is known, which is not nothing. #}
with flows as (
    select
        coalesce(flows.month_on, years.month_on) as month_on,
        coalesce(flows.account_id, years.account_id) as account_id,
        coalesce(flows.opening_usd, 0) as opening_usd,
        coalesce(flows.new_usd, 0) as new_usd,
        coalesce(flows.expansion_usd, 0) as expansion_usd,
        coalesce(flows.contraction_usd, 0) as contraction_usd,
        coalesce(flows.churn_usd, 0) as churn_usd,
        coalesce(flows.reactivation_usd, 0) as reactivation_usd,
        coalesce(flows.fx_usd, 0) as fx_usd,
        coalesce(flows.merge_usd, 0) as merge_usd,
        coalesce(flows.closing_usd, 0) as closing_usd,
        coalesce(flows.n_free > 0, false) and coalesce(flows.closing_usd, 0) = 0 as is_zero_mrr,
        coalesce(years.opening_usd, 0) as opening_12m_usd,
        case when years.opening_usd > 0 then years.closing_usd else 0 end as closing_12m_usd
    from {{ ref('int_retention__flows') }} as flows
    full join {{ ref('int_retention__years') }} as years
        on flows.month_on = years.month_on and flows.account_id = years.account_id
)

select
    flows.*,
    {{ board_segment('accounts.segment') }} as segment,
    flows.opening_usd > 0 as is_cohort,
    flows.opening_usd as cohort_opening_usd,
    case when flows.closing_usd = 0 then 0 else greatest(flows.closing_usd - flows.fx_usd, 0) end as cohort_closing_usd,
    least(
        flows.new_usd + flows.expansion_usd + flows.reactivation_usd, -(flows.contraction_usd + flows.churn_usd)
    ) as dip_and_recover_usd,
    case when months.opened_12m_on is not null then flows.opening_12m_usd end as cohort_opening_12m_usd,
    case when months.opened_12m_on is not null then flows.closing_12m_usd end as cohort_closing_12m_usd
from flows
inner join {{ ref('int_retention_months__to_close') }} as months on flows.month_on = months.month_on
left join {{ ref('stg_crm__accounts') }} as accounts
    on flows.account_id = accounts.account_id and {{ known_at('accounts', 'months.cutoff_at') }}
