{{ config(post_hook="analyze {{ this }}") }}

{# The run's own day, the Sundays that were never built, and those of the last weeks for which rows were delivered after
   they were built. What was built is asked of the database and not by ref, because it is built from these days. #}
{% set built = adapter.get_relation(this.database, 'marts', 'churn_days_built') if execute %}

with batches as (
    select * from {{ ref('stg_batches') }}
),

{# A company begins where both what is paid and what is used are known. #}
first_seen as (
    select
        greatest(
            min(earliest_recorded_at) filter (where table_name = 'subscriptions'),
            min(earliest_recorded_at) filter (where table_name in ('usage_events', 'usage_daily'))
        ) as first_at
    from batches
    where earliest_recorded_at < {{ cutoff() }}
),

sundays as (
    select
        every_day.sunday::date as as_of_date,
        (every_day.sunday::date + 1)::timestamp at time zone 'UTC' as cutoff_at
    from first_seen
    cross join generate_series((first_seen.first_at at time zone 'UTC')::date, {{ as_of() }}, interval '1 day')
        as every_day (sunday)
    where extract(isodow from every_day.sunday) = 7
),

wanted as (
    {% if built -%}
    select sundays.as_of_date
    from sundays
    left join {{ built }} as built on built.what = 'features' and sundays.as_of_date = built.built_for
    where
        built.built_for is null
        or (
            sundays.as_of_date >= {{ as_of() }} - {{ var('restatement_days') }}
            and {{ lacks_rows('sundays.cutoff_at', 'built.built_with') }}
        )
    {%- else -%}
    select sundays.as_of_date from sundays
    {%- endif %}
    union
    select {{ as_of() }}
)

select
    as_of_date,
    (as_of_date + 1)::timestamp at time zone 'UTC' as cutoff_at,
    as_of_date = {{ as_of() }} as is_run_day,
    (select max(batches.taken_in) from batches) as built_with
from wanted
