{{ config(tags=['reconciliation']) }}

select
    health.account_id,
    health.profile,
    health.raw_score,
    sum(components.points) as points
from {{ ref('account_health_daily') }} as health
inner join {{ ref('account_health_component_daily') }} as components
    on health.as_of_date = components.as_of_date
    and health.account_id = components.account_id
    and health.profile = components.profile
where health.as_of_date = {{ as_of() }} and health.is_scored
group by health.account_id, health.profile, health.raw_score
having sum(components.points) <> health.raw_score
