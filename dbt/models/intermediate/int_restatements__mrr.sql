{# Every evening of the window on which an account's MRR comes out otherwise than was known the day before; what lies
   further back is counted in one row. #}
with corrected as (
    select
        *,
        greatest(from_on, known_on - {{ var('restatement_days') }}) as first_on
    from {{ ref('int_subscriptions__corrected') }}
),

evenings as (
    select
        corrected.*,
        corrected.first_on + evening.n_days as restated_on
    from corrected
    cross join lateral generate_series(0, corrected.until_on - corrected.first_on - 1) as evening (n_days)
),

days as (
    select
        known_on,
        account_id,
        restated_on
    from evenings
    group by known_on, account_id, restated_on
),

{# Everything that the account had that evening, with the corrected subscription as it was said to run or not. #}
amounts as (
    select
        known_on,
        account_id,
        restated_on,
        cause,
        currency,
        case when ran_before then mrr else 0 end as old_mrr,
        case when ran_before then 0 else mrr end as new_mrr,
        1 as n_late_rows
    from evenings
    union all
    select
        days.known_on,
        days.account_id,
        days.restated_on,
        null as cause,
        spans.currency,
        spans.mrr as old_mrr,
        spans.mrr as new_mrr,
        0 as n_late_rows
    from days
    inner join {{ ref('int_subscriptions__spans') }} as spans
        on days.account_id = spans.account_id
        and days.restated_on >= spans.from_on and days.restated_on < spans.until_on
    left join evenings as same
        on days.known_on = same.known_on
        and days.restated_on = same.restated_on
        and spans.subscription_id = same.subscription_id
    where same.subscription_id is null
),

summed as (
    select
        amounts.known_on,
        amounts.account_id,
        amounts.restated_on,
        sum(round(amounts.old_mrr * rates.usd_per_unit, 2)) as old_value,
        sum(round(amounts.new_mrr * rates.usd_per_unit, 2)) as new_value,
        string_agg(distinct amounts.cause, ', ') as cause,
        sum(amounts.n_late_rows) as n_late_rows
    from amounts
    inner join {{ ref('int_fx_rates__dated') }} as rates
        on amounts.currency = rates.currency
        and amounts.restated_on >= rates.valid_from
        and (rates.valid_until is null or amounts.restated_on < rates.valid_until)
    group by amounts.known_on, amounts.account_id, amounts.restated_on
),

beyond as (
    select
        known_on,
        account_id,
        known_on - {{ var('restatement_days') }} - 1 as restated_on,
        null::numeric as old_value,
        null::numeric as new_value,
        'outside the window: ' || string_agg(distinct cause, ', ') as cause,
        count(*) as n_late_rows
    from corrected
    where from_on < first_on
    group by known_on, account_id
),

found as (
    select * from summed
    union all
    select * from beyond
)

select
    known_on,
    'mrr_daily' as mart,
    account_id,
    restated_on,
    'mrr_usd' as measure,
    old_value,
    new_value,
    cause,
    n_late_rows::bigint as n_late_rows
from found
where old_value is distinct from new_value or old_value is null
