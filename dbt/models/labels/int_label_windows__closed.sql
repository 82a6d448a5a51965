{# One row per Sunday, account of its cohort and window that closes on one of the days to build. A window begins after
   the gap and ends with its last day: (as_of_date + gap_days, closes_on]. #}
with days as (
    select * from {{ ref('int_label_days__to_build') }}
),

{# No window that closes on these days is longer. #}
reach as (
    select
        min(days.closes_on)
        - greatest({{ var('label_renewal_within_days') }}, max(horizons.horizon_days)) as earliest_on
    from days
    cross join unnest(array{{ var('label_horizons_days') }}) as horizons (horizon_days)
),

cohort as (
    select
        as_of_date,
        account_id,
        contract_end_on,
        round(mrr_usd::numeric, 2) as mrr_usd
    from {{ ref('churn_features') }}
    where
        extract(isodow from as_of_date) = 7
        and as_of_date >= (select reach.earliest_on from reach)
),

after_so_many_days as (
    select
        cohort.as_of_date,
        cohort.account_id,
        horizons.horizon_days || 'd' as horizon,
        horizons.horizon_days,
        days.closes_on,
        days.cutoff_at,
        cohort.mrr_usd
    from days
    cross join unnest(array{{ var('label_horizons_days') }}) as horizons (horizon_days)
    inner join cohort on cohort.as_of_date = days.closes_on - horizons.horizon_days
),

at_renewal as (
    select
        cohort.as_of_date,
        cohort.account_id,
        'renewal' as horizon,
        null::integer as horizon_days,
        days.closes_on,
        days.cutoff_at,
        cohort.mrr_usd
    from days
    inner join cohort
        on days.closes_on = cohort.contract_end_on
        and days.closes_on > cohort.as_of_date + {{ var('label_gap_days') }}
        and days.closes_on <= cohort.as_of_date + {{ var('label_renewal_within_days') }}
)

select * from after_so_many_days
union all
select * from at_renewal
