{{ config(tags=['reconciliation']) }}

with accounts as (
    select * from {{ ref('int_accounts__as_of') }}
    where is_run_day
)

select
    accounts.account_id as account_of_the_day,
    dimension.account_id as account_of_the_dimension
from accounts
full outer join {{ ref('dim_account') }} as dimension
    on accounts.account_id = dimension.account_id
where accounts.account_id is null or dimension.account_id is null
