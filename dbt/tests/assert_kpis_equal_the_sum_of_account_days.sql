{{ config(tags=['reconciliation']) }}

with facts as (
    select
        count(*) as n_accounts,
        coalesce(sum(mrr_usd), 0) as mrr_usd
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle <> 'churned'
),

kpis as (
    select
        coalesce(sum(n_accounts) filter (where segment = 'all'), 0) as n_accounts,
        coalesce(sum(mrr_usd) filter (where segment = 'all'), 0) as mrr_usd,
        coalesce(sum(n_accounts) filter (where segment <> 'all'), 0) as n_by_segment,
        coalesce(sum(mrr_usd) filter (where segment <> 'all'), 0) as mrr_by_segment
    from {{ ref('mart_kpi_daily') }}
    where as_of_date = {{ as_of() }}
)

select *
from facts
cross join kpis
where
    facts.n_accounts <> kpis.n_accounts
    or facts.mrr_usd <> kpis.mrr_usd
    or kpis.n_accounts <> kpis.n_by_segment
    or kpis.mrr_usd <> kpis.mrr_by_segment
