{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

{# Each goal names a column of mart_team_weekly, so that what is aimed at and what is reported have one definition. #}
with team as (
    select * from {{ ref('mart_team_weekly') }}
    where as_of_date = {{ as_of() }} and csm_id <> 'unassigned'
),

goals as (
    select
        goals.*,
        row_number() over (
            partition by goals.level, goals.subject, goals.metric order by goals.valid_from desc
        ) as newest
    from {{ ref('seed_goal') }} as goals
    where goals.valid_from <= {{ as_of() }}
),

aimed as (
    select
        team.as_of_date,
        team.csm_id,
        team.csm_name,
        team.week_start_on,
        team.is_week_end,
        goals.metric,
        goals.direction,
        goals.target,
        (to_jsonb(team) ->> goals.metric)::numeric as actual,
        row_number() over (
            partition by team.csm_id, goals.metric order by (goals.subject = '*')::integer
        ) as preference
    from team
    inner join goals
        on case when team.csm_id = 'all' then 'team' else 'csm' end = goals.level
        and goals.subject in (team.csm_id, '*')
    where goals.newest = 1
)

select
    as_of_date,
    csm_id,
    metric,
    csm_name,
    week_start_on,
    is_week_end,
    direction,
    target,
    actual,
    case direction when 'at_least' then actual >= target when 'at_most' then actual <= target end as is_reached
from aimed
where preference = 1
