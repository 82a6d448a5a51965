{#- The product's features at each day: those that anybody used in the twelve weeks before. -#}
with days as (
    select * from {{ ref('int_days__to_build') }}
),

daily as (
    select * from {{ ref('int_usage__daily') }}
),

totals as (
    select * from {{ ref('int_usage__totals') }}
),

used as (
    select
        days.as_of_date,
        daily.member as feature
    from days
    inner join daily
        on days.as_of_date >= daily.used_on
        and days.as_of_date - 84 < daily.used_on
        and days.as_of_date >= daily.recorded_on
    where daily.member_kind = 'feature'
    union
    select
        days.as_of_date,
        totals.feature
    from days
    inner join totals
        on days.as_of_date >= totals.used_on
        and days.as_of_date - 84 < totals.used_on
        and days.as_of_date >= totals.recorded_on
    where totals.feature <> 'all' and totals.n_events > 0
)

select * from used
