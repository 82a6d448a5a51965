{# The product's features at each day: those that anybody used in the twelve weeks before. #}
with days as (
    select * from {{ ref('int_days__to_build') }}
),

daily as (
    select
        feature,
        used_on,
        min(recorded_on) as known_on
    from {{ ref('int_usage__features') }}
    where
        used_on > (select min(days.as_of_date) - 84 from days)
        and used_on <= {{ as_of() }}
    group by feature, used_on
    union all
    select
        feature,
        used_on,
        min(recorded_on) as known_on
    from {{ ref('int_usage__totals') }}
    where
        feature <> 'all'
        and n_events > 0
        and used_on > (select min(days.as_of_date) - 84 from days)
        and used_on <= {{ as_of() }}
    group by feature, used_on
),

used as (
    select
        days.as_of_date,
        daily.feature
    from days
    inner join daily
        on days.as_of_date >= daily.used_on
        and days.as_of_date - 84 < daily.used_on
        and days.as_of_date >= daily.known_on
    group by days.as_of_date, daily.feature
)

select * from used
