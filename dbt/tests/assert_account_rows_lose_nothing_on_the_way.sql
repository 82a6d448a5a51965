{{ config(tags=['reconciliation']) }}

select
    customers.account_id as customer,
    accounts.account_id as account_shown
from {{ ref('int_account_days__customers') }} as customers
full outer join (
    select * from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }}
) as accounts
    on customers.account_id = accounts.account_id
where
    customers.account_id is null
    or accounts.account_id is null
    or customers.mrr_usd is distinct from accounts.mrr_usd
