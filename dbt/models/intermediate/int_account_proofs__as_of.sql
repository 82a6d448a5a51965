{# What is known on the evening of the run's day of each proof that config/onboarding.yml names: when it happened first,
   and since which day that has been known at all. #}
{{ config(indexes=[{'columns': ['account_id', 'proof']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
    where is_run_day
),

accounts as (
    select * from {{ ref('int_accounts__as_of') }}
    where is_run_day
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

{# A correction moves the day of an achievement; the day on which we first heard of it stays. #}
milestones as (
    select
        days.as_of_date,
        identity.account_id,
        'milestone:' || versions.milestone as proof,
        case when {{ known_at('versions', 'days.cutoff_at') }} then (versions.achieved_at at time zone 'UTC')::date end
            as proven_on,
        (versions.recorded_at at time zone 'UTC')::date as known_on
    from days
    inner join {{ ref('stg_crm__milestones') }} as versions on days.cutoff_at > versions.recorded_at
    inner join identity
        on versions.account_id = identity.account_ref and {{ resolved_at('identity', 'days.cutoff_at') }}
),

uses as (
    select
        days.as_of_date,
        owners.account_id,
        proofs.proof,
        proofs.proven_on,
        proofs.recorded_on as known_on
    from days
    inner join {{ ref('int_usage_owners__as_of') }} as owners on days.as_of_date = owners.as_of_date
    inner join {{ ref('int_usage__first_proofs') }} as proofs
        on owners.owner_ref = proofs.owner_ref
        and days.as_of_date >= proofs.recorded_on
        and days.as_of_date >= proofs.proven_on
),

proofs as (
    select * from milestones
    union all
    select * from uses
    union all
    select
        as_of_date,
        account_id,
        'account:created' as proof,
        created_on as proven_on,
        (recorded_at at time zone 'UTC')::date as known_on
    from accounts
)

select
    as_of_date,
    account_id,
    proof,
    min(proven_on) as proven_on,
    min(known_on) as known_on
from proofs
where proof in ('{{ var("onboarding_proofs") | join("', '") }}')
group by as_of_date, account_id, proof
having min(proven_on) <= {{ as_of() }}
