{{ config(tags=['reconciliation']) }}

select
    identity.account_id,
    listed.milestone
from {{ ref('stg_crm__milestones') }} as recorded
inner join {{ ref('int_account_identity') }} as identity
    on recorded.account_id = identity.account_ref and {{ resolved_at('identity', cutoff()) }}
inner join {{ ref('int_milestones__listed') }} as listed on 'milestone:' || recorded.milestone = listed.proof
left join {{ ref('milestones') }} as shown
    on identity.account_id = shown.account_id and listed.milestone = shown.milestone
where
    {{ known_at('recorded', cutoff()) }}
    and recorded.achieved_at < {{ cutoff() }}
    and (shown.achieved_on is null or shown.achieved_on > (recorded.achieved_at at time zone 'UTC')::date)
