{{ config(indexes=[{'columns': ['as_of_date', 'owner_ref']}], post_hook="analyze {{ this }}") }}

with accounts as (
    select * from {{ ref('int_accounts__as_of') }}
),

subscriptions as (
    select * from {{ ref('int_subscriptions__as_of') }}
),

owners as (
    select
        as_of_date,
        account_id,
        'account:' || account_id as owner_ref
    from accounts
    union all
    select
        as_of_date,
        account_id,
        'subscription:' || subscription_id as owner_ref
    from subscriptions
    where lag_days = 0
)

select * from owners
