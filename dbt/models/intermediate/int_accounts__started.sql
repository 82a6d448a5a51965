{# The first day of an account's first subscription, trials too: day 0 of its onboarding. #}
select
    as_of_date,
    account_id,
    min(started_on) as started_on,
    bool_or(is_running) as is_running
from {{ ref('int_subscriptions__as_of') }}
where as_of_date = {{ as_of() }} and lag_days = 0
group by as_of_date, account_id
