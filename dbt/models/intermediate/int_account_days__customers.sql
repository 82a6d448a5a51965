{{ config(post_hook="analyze {{ this }}") }}

with account_days as (
    select * from {{ ref('int_account_days__profiled') }}
    where is_run_day
)

select * from account_days
