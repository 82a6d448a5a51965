{{ config(post_hook="analyze {{ this }}") }}

{# The days on which windows of labels close: those never looked at, and those of the last weeks for which billing
   delivered rows afterwards. Usually that is the run's day alone, so old windows are not read again. #}
{% set built = adapter.get_relation(this.database, 'marts', 'churn_days_built') if execute %}

with first_seen as (
    select
        (min(earliest_recorded_at) filter (where table_name = 'subscriptions') at time zone 'UTC')::date as first_on,
        max(taken_in) as built_with
    from {{ ref('stg_batches') }}
),

closing_days as (
    select
        every_day.closing::date as closes_on,
        (every_day.closing::date + 1)::timestamp at time zone 'UTC' as cutoff_at,
        first_seen.built_with
    from first_seen
    cross join generate_series(first_seen.first_on, {{ as_of() }}, interval '1 day') as every_day (closing)
)

select
    closing_days.closes_on,
    closing_days.cutoff_at,
    closing_days.built_with
from closing_days
{%- if built %}
left join {{ built }} as built on built.what = 'labels' and closing_days.closes_on = built.built_for
where
    built.built_for is null
    or (
        closing_days.closes_on >= {{ as_of() }} - {{ var('restatement_days') }}
        and {{ lacks_rows('closing_days.cutoff_at', 'built.built_with', label_tables()) }}
    )
{%- endif %}
