{# Complete months that were never closed, and the one that the run's own day ends. A closed month stays as it is.
   `opened_12m_on` is the evening twelve months before the month's last; empty where the books do not reach so far. #}
{% set closed = adapter.get_relation(target.database, 'marts', 'mart_retention_monthly') if execute %}

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
    (months.last_on + 1)::timestamp at time zone 'UTC' as cutoff_at,
    booked.as_of_date as opened_12m_on
from months
left join {{ ref('mrr_days_built') }} as booked
    on booked.as_of_date = (months.month_on - interval '11 months')::date - 1
where
    months.last_on <= {{ as_of() }}
    {%- if closed %}
    and (
        months.last_on = {{ as_of() }}
        or not exists (select 1 from {{ closed }} as closed where closed.month_on = months.month_on)
    )
    {%- endif %}
