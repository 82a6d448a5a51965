select
    days.as_of_date,
    rates.currency,
    rates.usd_per_unit
from {{ ref('int_days__to_build') }} as days
inner join {{ ref('int_fx_rates__dated') }} as rates
    on days.as_of_date >= rates.valid_from
    and (rates.valid_until is null or days.as_of_date < rates.valid_until)
