-- depends_on: {{ ref('int_subscriptions__spans') }}, {{ ref('int_fx_rates__dated') }}
{# The first evening before the window of restatements that the books show otherwise than what is known of it by now.
   Only the window's own eve is compared whole; an account that differs there is then followed back through its history. #}
{% set books = adapter.get_relation(this.database, 'marts', 'mrr_daily') if execute %}
{{ config(pre_hook="set local enable_nestloop = on") }}
{%- if books %}
with eve as (
    select {{ as_of() }} - {{ var('restatement_days') }} - 1 as as_of_date
),

known as (
    select
        spans.account_id,
        sum(round(spans.mrr * rates.usd_per_unit, 2)) as closing_usd
    from eve
    inner join {{ ref('int_subscriptions__spans') }} as spans
        on eve.as_of_date >= spans.from_on and eve.as_of_date < spans.until_on
    inner join {{ ref('int_fx_rates__dated') }} as rates
        on spans.currency = rates.currency
        and eve.as_of_date >= rates.valid_from
        and (rates.valid_until is null or eve.as_of_date < rates.valid_until)
    group by spans.account_id
),

booked as (
    select
        account_id,
        closing_usd
    from eve
    inner join {{ books }} as evenings using (as_of_date)
),

differing as (
    select coalesce(known.account_id, booked.account_id) as account_id
    from known
    full join booked on known.account_id = booked.account_id
    where coalesce(known.closing_usd, 0) <> coalesce(booked.closing_usd, 0)
)

select min(coalesce(spans.from_on, eve.as_of_date)) as as_of_date
from differing
cross join eve
left join {{ ref('int_subscriptions__spans') }} as spans on differing.account_id = spans.account_id
{%- else %}
select null::date as as_of_date
{%- endif %}
