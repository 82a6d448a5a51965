{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

with account_days as (
    select * from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle <> 'churned'
),

summed as (
    select
        {{ as_of() }} as as_of_date,
        case when grouping(segment) = 1 then 'all' else coalesce(segment, 'unknown') end as segment,
        count(*) as n_accounts,
        coalesce(sum(mrr_usd), 0) as mrr_usd,
        coalesce(sum(arr_usd), 0) as arr_usd,
        round(avg(health_score), 2) as avg_health_score
    from account_days
    group by grouping sets ((), (segment))
)

select * from summed
