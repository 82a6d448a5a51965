{{ config(tags=['reconciliation']) }}

{# Straight from the staged milestones: what the CRM recorded under the name of a step cannot leave it undone. #}
select
    progress.account_id,
    progress.step
from {{ ref('onboarding_progress') }} as progress
inner join {{ ref('int_account_identity') }} as identity
    on progress.account_id = identity.account_id and {{ resolved_at('identity', cutoff()) }}
inner join {{ ref('stg_crm__milestones') }} as recorded
    on identity.account_ref = recorded.account_id
    and {{ known_at('recorded', cutoff()) }}
inner join {{ ref('int_onboarding_steps__listed') }} as listed
    on progress.step = listed.step and 'milestone:' || recorded.milestone = listed.proof
where
    progress.as_of_date = {{ as_of() }}
    and recorded.achieved_at < {{ cutoff() }}
    and (progress.done_on is null or progress.done_on > (recorded.achieved_at at time zone 'UTC')::date)
