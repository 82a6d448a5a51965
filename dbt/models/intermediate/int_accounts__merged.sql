{{ config(indexes=[{'columns': ['account_id']}], post_hook="analyze {{ this }}") }}

with recursive versions as (
    select
        account_id,
        merged_into_account_id,
        {{ known_during() }} as known_during
    from {{ ref('stg_crm__accounts') }}
    where recorded_at < {{ cutoff() }}
),

accounts as (
    select
        account_id,
        tstzrange(min(lower(known_during)), null) as known_during
    from versions
    where not isempty(known_during)
    group by account_id
),

{# A successor that the CRM does not know yet takes nothing over. #}
links as (
    select
        versions.account_id,
        accounts.account_id as successor_id,
        versions.known_during * accounts.known_during as known_during
    from versions
    inner join accounts
        on versions.merged_into_account_id = accounts.account_id
        and versions.known_during && accounts.known_during
),

standing as (
    select
        accounts.account_id,
        unnest(
            tstzmultirange(accounts.known_during)
            - coalesce(range_agg(links.known_during), '{}')
        ) as known_during
    from accounts
    left join links on accounts.account_id = links.account_id
    group by accounts.account_id, accounts.known_during
),

{# A chain is followed until it would enter an account for the second time, so a ring ends too. #}
chains as (
    select
        account_id,
        successor_id,
        known_during,
        array[account_id] as passed
    from links
    union all
    select
        chains.account_id,
        links.successor_id,
        chains.known_during * links.known_during as known_during,
        chains.passed || links.account_id as passed
    from chains
    inner join links
        on chains.successor_id = links.account_id
        and chains.known_during && links.known_during
    where chains.successor_id <> all(chains.passed)
),

{# In a ring nobody took over: the smallest id stands for all of it, so that no account and no money is lost. #}
ends as (
    select
        account_id,
        account_id as survivor_id,
        known_during
    from standing
    union all
    select
        chains.account_id,
        standing.account_id as survivor_id,
        chains.known_during * standing.known_during as known_during
    from chains
    inner join standing
        on chains.successor_id = standing.account_id
        and chains.known_during && standing.known_during
    union all
    select
        account_id,
        (
            select min(member)
            from unnest(passed[array_position(passed, successor_id):]) as ring (member)
        ) as survivor_id,
        known_during
    from chains
    where successor_id = any(passed)
),

{# Versions that say the same of mergers are one span. #}
spans as (
    select
        account_id,
        survivor_id,
        unnest(range_agg(known_during)) as known_during
    from ends
    group by account_id, survivor_id
)

select
    account_id,
    survivor_id,
    known_during
from spans
