{{ config(tags=['reconciliation']) }}

{# What was last learned of a day is what its row says. #}
select restated.*
from {{ ref('restatements') }} as restated
inner join {{ ref('fct_usage_daily') }} as days
    on restated.account_id = days.account_id
    and restated.restated_on = days.used_on
    and restated.known_on = days.last_recorded_on
where
    restated.mart = 'fct_usage_daily'
    and restated.measure = 'events'
    and restated.known_on = {{ as_of() }}
    and round(restated.new_value) is distinct from days.events
