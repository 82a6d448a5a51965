{{ config(tags=['reconciliation']) }}

{# The account day repeats a score that account_health_daily owns: they may not part. #}
select
    account_days.account_id,
    account_days.health_score,
    health.health_score as score_of_the_profile
from {{ ref('fct_account_days') }} as account_days
left join {{ ref('account_health_daily') }} as health
    on account_days.as_of_date = health.as_of_date
    and account_days.account_id = health.account_id
    and account_days.health_profile = health.profile
where
    account_days.as_of_date = {{ as_of() }}
    and (
        health.account_id is null
        or account_days.health_score is distinct from health.health_score
        or account_days.health_band is distinct from health.band
    )
