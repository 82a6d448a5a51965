with days as (
    select * from {{ ref('int_days__to_build') }}
),

rates as (
    select * from {{ ref('fx_rates') }}
),

newest as (
    select distinct on (days.as_of_date, rates.currency)
        days.as_of_date,
        rates.currency,
        rates.usd_per_unit
    from days
    inner join rates on days.as_of_date >= rates.valid_from
    order by days.as_of_date, rates.currency, rates.valid_from desc
)

select * from newest
