{{ config(post_hook="analyze {{ this }}") }}

{# Who left is shown for 90 days more, so that a departure is seen and not only missed. #}
with account_days as (
    select * from {{ ref('int_account_days__joined') }}
),

customers as (
    select
        *,
        {{ chosen_profile('segment') }} as health_profile
    from account_days
    where
        is_run_day
        and (
            lifecycle in ('trial', 'onboarding', 'active', 'churn_pending')
            or (lifecycle = 'churned' and left_on > as_of_date - 90)
        )
)

select * from customers
