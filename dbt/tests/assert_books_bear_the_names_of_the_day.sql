{{ config(tags=['reconciliation']) }}

select
    team.csm_id,
    team.csm_name,
    csms.full_name
from {{ ref('mart_team_weekly') }} as team
left join {{ ref('dim_csm') }} as csms
    on team.as_of_date = csms.as_of_date and team.csm_id = csms.csm_id
where team.as_of_date = {{ as_of() }} and team.csm_name is distinct from csms.full_name
