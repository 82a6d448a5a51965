{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{# The names under which sources spoke of each account at the end of each day. #}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

accounts as (
    select * from {{ ref('int_accounts__as_of') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
)

select
    days.as_of_date,
    days.cutoff_at,
    accounts.account_id,
    identity.account_ref
from days
inner join accounts on days.as_of_date = accounts.as_of_date
inner join identity
    on accounts.account_id = identity.account_id and {{ resolved_at('identity', 'days.cutoff_at') }}
