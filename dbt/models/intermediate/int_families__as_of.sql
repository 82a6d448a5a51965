{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with recursive accounts as (
    select * from {{ ref('int_accounts__as_of') }}
),

contracts as (
    select * from {{ ref('int_account_contracts__as_of') }}
),

children as (
    select
        as_of_date,
        account_id,
        parent_account_id
    from accounts
    where parent_account_id is not null
),

{# Upwards from every child, until the next step would enter an account for the second time. #}
climbs as (
    select
        as_of_date,
        account_id,
        parent_account_id as reached_id,
        array[account_id] as passed
    from children
    union all
    select
        climbs.as_of_date,
        climbs.account_id,
        children.parent_account_id as reached_id,
        climbs.passed || children.account_id as passed
    from climbs
    inner join children
        on climbs.as_of_date = children.as_of_date
        and climbs.reached_id = children.account_id
    where climbs.reached_id <> all(climbs.passed)
),

{# The longest climb has reached the top, or closed a ring: then the smallest id of the ring counts as the top. #}
tops as (
    select distinct on (as_of_date, account_id)
        as_of_date,
        account_id,
        case
            when reached_id = any(passed)
                then (
                    select min(member)
                    from unnest(passed[array_position(passed, reached_id):]) as ring (member)
                )
            else reached_id
        end as ultimate_parent_account_id
    from climbs
    order by as_of_date, account_id, cardinality(passed) desc
),

members as (
    select
        accounts.as_of_date,
        accounts.account_id,
        coalesce(tops.ultimate_parent_account_id, accounts.account_id) as ultimate_parent_account_id,
        contracts.account_id is not null and contracts.mrr_usd is null as is_without_price,
        contracts.mrr_usd
    from accounts
    left join tops on accounts.as_of_date = tops.as_of_date and accounts.account_id = tops.account_id
    left join contracts on accounts.as_of_date = contracts.as_of_date and accounts.account_id = contracts.account_id
)

select
    as_of_date,
    account_id,
    ultimate_parent_account_id,
    count(*) over family as n_family_accounts,
    case
        when count(*) filter (where is_without_price) over family = 0
            then coalesce(sum(mrr_usd) over family, 0)
    end as family_mrr_usd
from members
window family as (partition by as_of_date, ultimate_parent_account_id)
