{# Of the days that were just built. #}
select
    as_of_date,
    account_id,
    max_recorded_at
from {{ ref('churn_features') }}
where
    as_of_date = any(array(select days.as_of_date from {{ ref('int_days__to_build') }} as days))
    and max_recorded_at >= (as_of_date + 1)::timestamp at time zone 'UTC'
