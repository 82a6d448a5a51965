{{ config(tags=['reconciliation']) }}

{# What was last learned of a day is what its row says. #}
with restated as (
    select * from {{ ref('restatements') }}
    where mart = 'fct_usage_daily' and measure = 'events' and known_on = {{ as_of() }}
),

days as (
    select * from {{ ref('fct_usage_daily') }}
    where used_on = any(array(select restated.restated_on from restated))
)

select restated.*
from restated
inner join days
    on restated.account_id = days.account_id
    and restated.restated_on = days.used_on
    and restated.known_on = days.last_recorded_on
where round(restated.new_value) is distinct from days.events
