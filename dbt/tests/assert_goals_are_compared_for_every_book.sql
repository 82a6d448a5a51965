{{ config(tags=['reconciliation']) }}

{# As many rows as there are books and metrics that are aimed at; a CSM's own goal takes the place of everybody's. #}
with books as (
    select csm_id
    from {{ ref('mart_team_weekly') }}
    where as_of_date = {{ as_of() }} and csm_id <> 'unassigned'
),

expected as (
    select count(*) as n_goals
    from books
    inner join lateral (
        select goals.metric
        from {{ ref('seed_goal') }} as goals
        where
            goals.valid_from <= {{ as_of() }}
            and goals.level = case when books.csm_id = 'all' then 'team' else 'csm' end
            and goals.subject in (books.csm_id, '*')
        group by goals.metric
    ) as aimed on true
),

compared as (
    select count(*) as n_goals from {{ ref('mart_goal_weekly') }}
    where as_of_date = {{ as_of() }}
)

select *
from expected
cross join compared
where expected.n_goals <> compared.n_goals
