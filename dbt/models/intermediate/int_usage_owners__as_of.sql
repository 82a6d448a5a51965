{{ config(indexes=[{'columns': ['as_of_date', 'owner_ref']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

subscriptions as (
    select * from {{ ref('int_subscriptions__as_of') }}
),

owners as (
    select
        days.as_of_date,
        identity.account_id,
        identity.account_ref,
        'account:' || identity.account_ref as owner_ref
    from days
    inner join identity on {{ resolved_at('identity', 'days.cutoff_at') }}
    union all
    select
        subscriptions.as_of_date,
        identity.account_id,
        null as account_ref,
        'subscription:' || subscriptions.subscription_id as owner_ref
    from subscriptions
    inner join days on subscriptions.as_of_date = days.as_of_date
    inner join identity
        on subscriptions.account_id = identity.account_ref
        and {{ resolved_at('identity', 'days.cutoff_at') }}
    where subscriptions.lag_days = 0
)

select * from owners
