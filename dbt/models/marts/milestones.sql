{{ config(materialized='table', indexes=[{'columns': ['account_id']}]) }}

with proofs as (
    select * from {{ ref('int_account_proofs__as_of') }}
),

achieved as (
    select
        proofs.as_of_date,
        proofs.account_id,
        listed.milestone,
        min(proofs.proven_on) as achieved_on,
        min(proofs.known_on) as known_on
    from proofs
    inner join {{ ref('int_milestones__listed') }} as listed on proofs.proof = listed.proof
    group by proofs.as_of_date, proofs.account_id, listed.milestone
)

select
    achieved.as_of_date,
    achieved.account_id,
    achieved.milestone,
    achieved.achieved_on,
    achieved.known_on,
    case when achieved.known_on - achieved.achieved_on <= {{ var('celebrated_days') }} then achieved.known_on end
        as celebrated_on,
    achieved.milestone = '{{ var("first_value") }}' as is_first_value,
    {# The greatest of 0 and nothing would be 0: an account that never subscribed has no such number. #}
    case when started.started_on is not null then greatest(0, achieved.achieved_on - started.started_on) end
        as days_to_achieve
from achieved
left join {{ ref('int_accounts__started') }} as started on achieved.account_id = started.account_id
