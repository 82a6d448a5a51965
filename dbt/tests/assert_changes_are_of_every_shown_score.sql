{{ config(tags=['reconciliation']) }}

with scores as (
    select
        account_id,
        health_score
    from {{ ref('account_health_daily') }}
    where as_of_date = {{ as_of() }} and is_shown
),

changes as (
    select
        account_id,
        health_score
    from {{ ref('account_health_change_daily') }}
    where as_of_date = {{ as_of() }}
)

select
    scores.account_id,
    changes.account_id as account_of_the_change
from scores
full outer join changes on scores.account_id = changes.account_id
where
    scores.account_id is null
    or changes.account_id is null
    or scores.health_score is distinct from changes.health_score
