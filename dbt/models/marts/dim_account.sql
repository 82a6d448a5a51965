{{ config(materialized='table', post_hook="analyze {{ this }}") }}

with accounts as (
    select * from {{ ref('int_accounts__as_of') }}
),

contracts as (
    select * from {{ ref('int_account_contracts__as_of') }}
),

families as (
    select * from {{ ref('int_families__as_of') }}
),

joined as (
    select
        accounts.account_id,
        accounts.name,
        accounts.domain,
        accounts.segment,
        accounts.tier,
        accounts.region,
        accounts.industry,
        accounts.parent_account_id,
        families.ultimate_parent_account_id,
        families.n_family_accounts,
        families.family_mrr_usd,
        accounts.csm_id,
        accounts.created_on,
        accounts.currency,
        contracts.lifecycle,
        contracts.first_paid_on,
        contracts.contract_end_on
    from accounts
    inner join families
        on accounts.as_of_date = families.as_of_date and accounts.account_id = families.account_id
    left join contracts
        on accounts.as_of_date = contracts.as_of_date and accounts.account_id = contracts.account_id
    where accounts.is_run_day
)

select * from joined
