-- depends_on: {{ ref('int_mrr_days__first_wrong') }}
{{ config(post_hook="analyze {{ this }}") }}

{# The run's own day, the days that the books lack, those of the last weeks for which billing delivered rows afterwards,
   and all since the first that a still later delivery made wrong: an evening must open where the one before closed.
   What was built is asked of the database and not by ref, because it is built from these days. #}
{% set built = adapter.get_relation(this.database, 'marts', 'mrr_days_built') if execute %}

with batches as (
    select
        (min(earliest_recorded_at) filter (where table_name = 'subscriptions') at time zone 'UTC')::date as first_on,
        coalesce(max(taken_in), 0) as built_with
    from {{ ref('stg_batches') }}
),

every_day as (
    select
        every_day.evening::date as as_of_date,
        (every_day.evening::date + 1)::timestamp at time zone 'UTC' as cutoff_at,
        batches.built_with
    from batches
    cross join generate_series(
        least(batches.first_on, {{ as_of() }}), {{ as_of() }}, interval '1 day'
    ) as every_day (evening)
)

select
    every_day.as_of_date,
    every_day.cutoff_at,
    every_day.built_with
from every_day
{%- if built %}
left join {{ built }} as built on every_day.as_of_date = built.as_of_date
where
    built.as_of_date is null
    or every_day.as_of_date = {{ as_of() }}
    or every_day.as_of_date >= (select first_wrong.as_of_date from {{ ref('int_mrr_days__first_wrong') }} as first_wrong)
    or (
        every_day.as_of_date >= {{ as_of() }} - {{ var('restatement_days') }}
        and {{ lacks_rows('every_day.cutoff_at', 'built.built_with', label_tables()) }}
    )
{%- endif %}
