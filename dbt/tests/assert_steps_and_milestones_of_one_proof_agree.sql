{{ config(tags=['reconciliation']) }}

{# A milestone that also proves a step: the step is done no later. #}
select
    shown.account_id,
    shown.milestone,
    progress.step
from {{ ref('milestones') }} as shown
inner join {{ ref('int_onboarding_steps__listed') }} as listed on 'milestone:' || shown.milestone = listed.proof
inner join {{ ref('int_account_proofs__as_of') }} as proofs
    on shown.account_id = proofs.account_id and listed.proof = proofs.proof
inner join {{ ref('onboarding_progress') }} as progress
    on shown.account_id = progress.account_id
    and listed.step = progress.step and shown.as_of_date = progress.as_of_date
where progress.done_on is null or progress.done_on > proofs.proven_on
