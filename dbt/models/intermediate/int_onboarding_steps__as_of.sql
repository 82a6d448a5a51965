{# Who is being onboarded, each with every step and the earliest day that proves it. #}
with started as (
    select * from {{ ref('int_accounts__started') }}
    where is_running and as_of_date - started_on < {{ var('onboarding_days') }}
),

listed as (
    select * from {{ ref('int_onboarding_steps__listed') }}
),

proofs as (
    select * from {{ ref('int_account_proofs__as_of') }}
),

proven as (
    select
        started.as_of_date,
        started.account_id,
        started.started_on,
        listed.step,
        listed.due_day,
        listed.if_missed,
        listed.when_done,
        min(proofs.proven_on) as proven_on,
        min(proofs.known_on) as known_on,
        bool_or(listed.proof = 'steps:all') as needs_all
    from started
    cross join listed
    left join proofs on started.account_id = proofs.account_id and listed.proof = proofs.proof
    group by
        started.as_of_date,
        started.account_id,
        started.started_on,
        listed.step,
        listed.due_day,
        listed.if_missed,
        listed.when_done
),

others as (
    select
        account_id,
        bool_and(proven_on is not null) as are_done,
        max(proven_on) as done_on,
        max(known_on) as known_on
    from proven
    where not needs_all
    group by account_id
)

select
    proven.as_of_date,
    proven.account_id,
    proven.started_on,
    proven.step,
    proven.due_day,
    proven.if_missed,
    proven.when_done,
    least(proven.proven_on, case when proven.needs_all and others.are_done then others.done_on end) as done_on,
    least(proven.known_on, case when proven.needs_all and others.are_done then others.known_on end) as known_on
from proven
left join others on proven.account_id = others.account_id
