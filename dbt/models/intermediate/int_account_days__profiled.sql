{{ config(materialized='view') }}

{# Who left is shown for 90 days more, so that a departure is seen and not only missed. #}
with account_days as (
    select * from {{ ref('int_account_days__joined') }}
),

shown as (
    select
        *,
        {{ chosen_profile() }} as health_profile
    from account_days
    where
        lifecycle in ('trial', 'onboarding', 'active', 'churn_pending')
        or (lifecycle = 'churned' and left_on > as_of_date - 90)
)

select * from shown
