{# The month of one account. What it gained and lost again nets in the cohort view; a currency is in neither. #}
with flows as (
    select
        month_on,
        account_id,
        coalesce(opening_usd, 0) as opening_usd,
        coalesce(new_usd, 0) as new_usd,
        coalesce(expansion_usd, 0) as expansion_usd,
        coalesce(contraction_usd, 0) as contraction_usd,
        coalesce(churn_usd, 0) as churn_usd,
        coalesce(reactivation_usd, 0) as reactivation_usd,
        coalesce(fx_usd, 0) as fx_usd,
        coalesce(merge_usd, 0) as merge_usd,
        coalesce(closing_usd, 0) as closing_usd,
        n_free > 0 and coalesce(closing_usd, 0) = 0 as is_zero_mrr
    from {{ ref('int_retention__flows') }}
)

select
    flows.*,
    {{ board_segment('accounts.segment') }} as segment,
    flows.opening_usd > 0 as is_cohort,
    flows.opening_usd as cohort_opening_usd,
    case when flows.closing_usd = 0 then 0 else greatest(flows.closing_usd - flows.fx_usd, 0) end as cohort_closing_usd,
    least(
        flows.new_usd + flows.expansion_usd + flows.reactivation_usd, -(flows.contraction_usd + flows.churn_usd)
    ) as dip_and_recover_usd
from flows
inner join {{ ref('int_retention_months__to_close') }} as months on flows.month_on = months.month_on
left join {{ ref('stg_crm__accounts') }} as accounts
    on flows.account_id = accounts.account_id and {{ known_at('accounts', 'months.cutoff_at') }}
