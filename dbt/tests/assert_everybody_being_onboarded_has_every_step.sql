{{ config(tags=['reconciliation']) }}

with shown as (
    select
        account_id,
        count(*) as n_steps
    from {{ ref('onboarding_progress') }}
    where as_of_date = {{ as_of() }}
    group by account_id
),

wanted as (
    select
        account_id,
        {{ var('onboarding_steps') | length }} as n_steps
    from {{ ref('int_subscriptions__as_of') }}
    where as_of_date = {{ as_of() }} and lag_days = 0
    group by account_id
    having bool_or(is_running) and min(started_on) > {{ as_of() }} - {{ var('onboarding_days') }}
)

select *
from shown
full join wanted on shown.account_id = wanted.account_id
where shown.n_steps is distinct from wanted.n_steps
