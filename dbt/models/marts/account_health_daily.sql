{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        indexes=[{'columns': ['account_id', 'profile', 'as_of_date']}],
    )
}}

with components as (
    select * from {{ ref('account_health_component_daily') }}
    where as_of_date = {{ as_of() }}
),

limits as (
    select * from {{ ref('int_health__limits') }}
),

{% if is_incremental() -%}
before as (
    select * from {{ this }}
    where as_of_date in ({{ as_of() }} - 1, {{ as_of() }} - 7, {{ as_of() }} - 30)
),
{%- else -%}
before as (
    select
        null::date as as_of_date,
        null::text as account_id,
        null::text as profile,
        null::numeric as health_score
    where false
),
{%- endif %}

summed as (
    select
        limits.account_id,
        limits.profile,
        limits.cap,
        limits.cap_name,
        limits.min_coverage,
        limits.is_customer,
        sum(components.points) as points,
        sum(components.points) * 100 / limits.out_of as full_score,
        round(
            coalesce(sum(components.weight) filter (where not components.is_missing), 0) / sum(components.weight), 6
        ) as coverage_ratio
    from limits
    inner join components on limits.account_id = components.account_id and limits.profile = components.profile
    group by
        limits.account_id, limits.profile, limits.cap, limits.cap_name, limits.out_of,
        limits.min_coverage, limits.is_customer
),

scored as (
    select
        *,
        coverage_ratio >= min_coverage and is_customer as is_scored,
        round(greatest(0, least(cap, full_score)), 2) as bounded_score
    from summed
),

compared as (
    select
        scored.account_id,
        scored.profile,
        max(before.health_score) filter (where before.as_of_date = {{ as_of() }} - 1) as score_1d_ago,
        max(before.health_score) filter (where before.as_of_date = {{ as_of() }} - 7) as score_7d_ago,
        max(before.health_score) filter (where before.as_of_date = {{ as_of() }} - 30) as score_30d_ago
    from scored
    left join before
        on scored.account_id = before.account_id and scored.profile = before.profile
    group by scored.account_id, scored.profile
),

final as (
    select
        {{ as_of() }} as as_of_date,
        scored.account_id,
        scored.profile,
        case when scored.is_scored then scored.points end as raw_score,
        case when scored.is_scored then scored.bounded_score end as health_score,
        {{ band_of('scored.profile', 'case when scored.is_scored then scored.bounded_score end') }} as band,
        scored.coverage_ratio,
        scored.is_scored,
        case
            when not scored.is_scored then null
            when round(scored.full_score, 2) > scored.cap then coalesce(scored.cap_name, 'ceiling')
            when round(scored.full_score, 2) < 0 then 'floor'
        end as cap_applied,
        compared.score_1d_ago as prior_score,
        case when scored.is_scored then scored.bounded_score - compared.score_1d_ago end as delta_1d,
        case when scored.is_scored then scored.bounded_score - compared.score_7d_ago end as delta_7d,
        case when scored.is_scored then scored.bounded_score - compared.score_30d_ago end as delta_30d
    from scored
    inner join compared
        on scored.account_id = compared.account_id and scored.profile = compared.profile
)

select * from final
