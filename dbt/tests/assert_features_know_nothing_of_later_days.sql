select
    as_of_date,
    account_id,
    max_recorded_at
from {{ ref('churn_features') }}
where max_recorded_at >= (as_of_date + 1)::timestamp at time zone 'UTC'
