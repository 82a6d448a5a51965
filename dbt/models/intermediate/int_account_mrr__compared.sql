{# Both moments at the day's own rate: a currency that moves is not an account that grows. #}
with moments as (
    select * from {{ ref('int_days__compared') }}
),

spans as (
    select * from {{ ref('int_subscriptions__spans') }}
),

rates as (
    select * from {{ ref('int_fx_rates__as_of') }}
)

select
    moments.as_of_date,
    moments.lag_days,
    spans.account_id,
    case when count(*) = count(spans.mrr * rates.usd_per_unit) then sum(round(spans.mrr * rates.usd_per_unit, 2)) end
        as mrr_usd
from moments
inner join spans on moments.state_on >= spans.from_on and moments.state_on < spans.until_on
left join rates on moments.as_of_date = rates.as_of_date and spans.currency = rates.currency
group by moments.as_of_date, moments.lag_days, spans.account_id
