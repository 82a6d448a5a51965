{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

accounts as (
    select * from {{ ref('stg_crm__accounts') }}
    where matters_until >= (select min(days.cutoff_at) from days)
),

merged as (
    select * from {{ ref('int_accounts__merged') }}
),

known as (
    select
        days.as_of_date,
        days.is_run_day,
        days.cutoff_at - interval '1 microsecond' as last_instant,
        accounts.*
    from days
    inner join accounts on {{ known_at('accounts', 'days.cutoff_at') }}
),

{# Who was taken over is no account any more from the moment on at which that was recorded. #}
standing as (
    select known.*
    from known
    inner join merged
        on known.account_id = merged.account_id
        and merged.known_during @> known.last_instant
    where merged.survivor_id = known.account_id
),

{# A parent is who stands for it, if anybody and if that is another account. #}
related as (
    select
        standing.*,
        parents.survivor_id as parent_survivor_id
    from standing
    left join merged as parents
        on standing.parent_account_id = parents.account_id
        and parents.known_during @> standing.last_instant
        and standing.account_id <> parents.survivor_id
)

select
    as_of_date,
    is_run_day,
    account_id,
    name,
    domain,
    segment,
    tier,
    region,
    industry,
    parent_survivor_id as parent_account_id,
    csm_id,
    created_on,
    currency,
    recorded_at
from related
