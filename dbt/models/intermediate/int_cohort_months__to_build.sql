{# The last evenings of the complete months of the books that the cohorts lack, and the run's own day where it is one.
   What was written is asked of the database and not by ref, because it is written from these months. #}
{% set cohorts = adapter.get_relation(this.database, 'marts', 'mart_cohort_monthly') if execute %}

with first_known as (
    select min(spans.from_on) as first_on
    from {{ ref('int_subscriptions__spans') }} as spans
),

month_ends as (
    select (months.first_day + interval '1 month' - interval '1 day')::date as as_of_date
    from first_known
    cross join generate_series(date_trunc('month', first_known.first_on::timestamp), {{ as_of() }}, interval '1 month')
        as months (first_day)
)

select
    as_of_date,
    (as_of_date + 1)::timestamp at time zone 'UTC' as cutoff_at
from month_ends
where
    as_of_date <= {{ as_of() }}
    {%- if cohorts %}
    and (
        as_of_date = {{ as_of() }}
        or not exists (select 1 from {{ cohorts }} as written where written.as_of_date = month_ends.as_of_date)
    )
    {%- endif %}
