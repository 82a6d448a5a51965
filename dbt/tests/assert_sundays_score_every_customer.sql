{{ config(tags=['reconciliation']) }}

{# Of the Sundays that this build made. #}
with customers as (
    select
        as_of_date,
        account_id,
        health_profile
    from {{ ref('int_account_days__profiled') }}
    where extract(isodow from as_of_date) = 7
),

built as (
    select
        weekly.as_of_date,
        weekly.account_id,
        weekly.profile
    from {{ ref('account_health_weekly') }} as weekly
    where weekly.as_of_date in (select customers.as_of_date from customers)
)

select
    customers.as_of_date,
    customers.account_id as customer,
    built.account_id as account_of_the_score
from customers
full outer join built
    on customers.as_of_date = built.as_of_date
    and customers.account_id = built.account_id
    and customers.health_profile = built.profile
where customers.account_id is null or built.account_id is null
