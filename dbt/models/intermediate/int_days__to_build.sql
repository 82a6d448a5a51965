{# The Sundays that churn_features lacks, and the run's own day. Asked of the database and not by ref, because the
   features are built from these days. #}
{% set features = adapter.get_relation(this.database, 'marts', 'churn_features') if execute %}
{{ config(post_hook="analyze {{ this }}") }}

with first_seen as (
    select greatest(
        (
            select min((subscriptions.recorded_at at time zone 'UTC')::date)
            from {{ ref('stg_billing__subscriptions') }} as subscriptions
        ),
        least(
            (
                select min(daily.recorded_on)
                from {{ ref('int_usage__daily') }} as daily
                where daily.recorded_on <= {{ as_of() }}
            ),
            (
                select min(totals.recorded_on)
                from {{ ref('int_usage__totals') }} as totals
                where totals.recorded_on <= {{ as_of() }}
            )
        )
    ) as first_on
),

every_day as (
    select generate_series(first_seen.first_on, {{ as_of() }}, interval '1 day')::date as as_of_date
    from first_seen
),

wanted as (
    select every_day.as_of_date
    from every_day
    where
        extract(isodow from every_day.as_of_date) = 7
        {% if features -%}
        and not exists (
            select 1 from {{ features }} as built
            where built.as_of_date = every_day.as_of_date
        )
        {%- endif %}
    union
    select {{ as_of() }}
)

select
    as_of_date,
    (as_of_date + 1)::timestamp at time zone 'UTC' as cutoff_at,
    as_of_date = {{ as_of() }} as is_run_day
from wanted
