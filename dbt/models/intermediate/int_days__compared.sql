{# The run's day, and the day that its segments are compared with as it was known on its own evening: not what a table
   said then, so that a day may be built without the one before. #}
select
    days.as_of_date,
    lags.lag_days,
    days.as_of_date - lags.lag_days as state_on,
    days.cutoff_at as day_cutoff_at,
    days.cutoff_at - lags.lag_days * interval '1 day' as cutoff_at
from {{ ref('int_days__to_build') }} as days
cross join (values (0), ({{ var('compared_days') }})) as lags (lag_days)
where days.is_run_day
