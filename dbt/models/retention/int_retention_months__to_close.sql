-- depends_on: {{ ref('mrr_days_built') }}
{# Complete months that were never closed, and the one that the run's own day ends. A closed month stays as it is. #}
{% set closed = adapter.get_relation(this.database, 'marts', 'mart_retention_monthly') if execute %}

with months as (
    select
        month.first_on::date as month_on,
        (month.first_on + interval '1 month')::date - 1 as last_on
    from (select date_trunc('month', min(as_of_date))::timestamp as first_on from {{ ref('mrr_days_built') }}) as began
    cross join generate_series(began.first_on, {{ as_of() }}::timestamp, interval '1 month') as month (first_on)
)

select
    months.month_on,
    months.last_on,
    (months.last_on + 1)::timestamp at time zone 'UTC' as cutoff_at
from months
where
    months.last_on <= {{ as_of() }}
    {%- if closed %}
    and (
        months.last_on = {{ as_of() }}
        or not exists (select 1 from {{ closed }} as closed where closed.month_on = months.month_on)
    )
    {%- endif %}
