{{ config(tags=['reconciliation']) }}

{# Found by the evening on which a month closed; the mart looks for its first day. One too early or too late shows. #}
with closed as (
    select *
    from {{ ref('mart_retention_monthly') }}
    where (month_on + interval '1 month')::date = date_trunc('month', {{ as_of() }} + 1)::date
)

select
    kpis.segment,
    kpis.retention_month_on,
    closed.month_on
from {{ ref('mart_kpi_daily') }} as kpis
left join closed on kpis.segment = closed.segment
where
    kpis.as_of_date = {{ as_of() }}
    and (
        kpis.retention_month_on is distinct from closed.month_on
        or kpis.grr_last_month_ratio is distinct from closed.grr_ratio
        or kpis.nrr_last_month_ratio is distinct from closed.nrr_ratio
        or kpis.logo_churn_last_month_ratio is distinct from closed.logo_churn_ratio
    )
