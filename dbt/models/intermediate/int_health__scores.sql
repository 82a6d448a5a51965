{# Every score of the days being built: by all profiles on the run's day, by the one that is shown on older Sundays. #}
{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with points as (
    select * from {{ ref('int_health__points') }}
),

limits as (
    select * from {{ ref('int_health__limits') }}
),

overrides as (
    select * from {{ ref('int_health__overrides') }}
),

summed as (
    select
        as_of_date,
        account_id,
        profile,
        bool_or(is_shown) as is_shown,
        sum(points) as raw_score,
        round(sum(weight * known_ratio) / sum(weight), 6) as coverage_ratio,
        coalesce(
            jsonb_object_agg(component, normalised) filter (where normalised is not null and weight > 0), '{}'
        ) as normalised
    from points
    group by as_of_date, account_id, profile
),

bounded as (
    select
        summed.*,
        limits.is_run_day,
        limits.cap,
        limits.cap_name,
        round(summed.raw_score * 100 / limits.out_of, 6) as full_score,
        summed.coverage_ratio >= limits.min_coverage and limits.is_customer as is_scored
    from summed
    inner join limits
        on summed.as_of_date = limits.as_of_date
        and summed.account_id = limits.account_id
        and summed.profile = limits.profile
),

computed as (
    select
        *,
        round(greatest(0, least(cap, full_score)), 2) as computed_score,
        case when round(full_score, 2) > cap then cap - full_score else 0 end as cap_points,
        case when round(full_score, 2) < 0 then -full_score else 0 end as floor_points
    from bounded
),

{# A person has the last word, but none about an account of which too little is known. #}
overridden as (
    select
        computed.*,
        overrides.reason as override_reason,
        overrides.author as override_author,
        overrides.band as override_band,
        case
            when overrides.band is not null then 'band'
            when overrides.cap is not null then 'cap'
            when overrides.floor is not null then 'floor'
        end as override_applied,
        round(
            least(coalesce(overrides.cap, 100), greatest(coalesce(overrides.floor, 0), computed.computed_score)), 2
        ) as shown_score
    from computed
    left join overrides
        on computed.account_id = overrides.account_id
        and computed.as_of_date >= overrides.set_on
        and computed.as_of_date < overrides.expires_on
        and computed.is_shown
        and computed.is_scored
)

select
    as_of_date,
    account_id,
    profile,
    is_run_day,
    is_shown,
    is_scored,
    coverage_ratio,
    normalised,
    case when is_scored then raw_score end as raw_score,
    case when is_scored then full_score end as full_score,
    case when is_scored then computed_score end as computed_score,
    case when is_scored then shown_score end as health_score,
    case when is_scored then coalesce(override_band, {{ band_of('profile', 'shown_score') }}) end as band,
    case
        when not is_scored then null
        when round(full_score, 2) > cap then coalesce(cap_name, 'ceiling')
        when round(full_score, 2) < 0 then 'floor'
    end as cap_applied,
    case when is_scored then cap_points end as cap_points,
    case when is_scored then floor_points end as floor_points,
    case when is_scored then shown_score - computed_score end as override_points,
    override_applied,
    override_reason,
    override_author
from overridden
