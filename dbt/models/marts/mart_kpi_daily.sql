{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

{# `all` is the company; a segment that is really called so keeps apart. #}
with accounts as (
    select
        *,
        case coalesce(segment, 'unknown') when 'all' then 'all (segment)' else coalesce(segment, 'unknown') end as part
    from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }} and is_customer
),

summed as (
    select
        {{ as_of() }} as as_of_date,
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
    from accounts
    group by grouping sets ((), (part))
)

select * from summed
