{{ config(tags=['reconciliation']) }}

select days.as_of_date
from {{ ref('int_days__to_build') }} as days
left join {{ ref('dim_calendar') }} as calendar on days.as_of_date = calendar.date_day
where calendar.date_day is null
