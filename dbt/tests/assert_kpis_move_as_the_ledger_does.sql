{{ config(tags=['reconciliation']) }}

{# Every movement of the month is in the company's figures once, and in those of one segment once. #}
with ledger as (
    select coalesce(sum(mrr_delta_usd), 0) as moved_usd
    from {{ ref('fct_subscription_movement') }}
    where
        as_of_date between date_trunc('month', {{ as_of() }})::date and {{ as_of() }}
        and movement_type in ('new', 'expansion', 'contraction', 'churn', 'reactivation', 'fx')
),

kpis as (
    select
        segment = 'all' as is_company,
        sum(
            new_mrr_month_to_date_usd + expansion_mrr_month_to_date_usd + contraction_mrr_month_to_date_usd
            + churn_mrr_month_to_date_usd + reactivation_mrr_month_to_date_usd + fx_mrr_month_to_date_usd
        ) as moved_usd
    from {{ ref('mart_kpi_daily') }}
    where as_of_date = {{ as_of() }}
    group by segment = 'all'
)

select *
from ledger
cross join kpis
where ledger.moved_usd <> kpis.moved_usd
