{{ config(tags=['reconciliation']) }}

with of_the_day as (
    select *
    from {{ ref('dim_account_history') }}
    where valid_from < {{ cutoff() }} and (valid_to is null or valid_to >= {{ cutoff() }})
)

select
    accounts.account_id,
    of_the_day.account_id as account_id_of_the_history
from {{ ref('dim_account') }} as accounts
left join of_the_day on accounts.account_id = of_the_day.account_id
where
    of_the_day.account_id is null
    or row(accounts.name, accounts.segment, accounts.tier, accounts.region, accounts.csm_id)
    is distinct from row(of_the_day.name, of_the_day.segment, of_the_day.tier, of_the_day.region, of_the_day.csm_id)
