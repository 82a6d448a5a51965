{{ config(tags=['reconciliation']) }}

with late as (
    select coalesce(sum(known.n_rows), 0) as n_rows
    from {{ ref('int_usage_days__known') }} as known
    where known.recorded_on = {{ as_of() }} and known.used_on < {{ as_of() }}
),

restated as (
    select coalesce(sum(n_late_rows), 0) as n_rows
    from {{ ref('restatements') }}
    where mart = 'fct_usage_daily' and measure = 'events' and known_on = {{ as_of() }}
)

select *
from late
cross join restated
where late.n_rows > restated.n_rows
