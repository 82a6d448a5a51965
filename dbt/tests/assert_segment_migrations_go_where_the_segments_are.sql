{{ config(tags=['reconciliation']) }}

{# Each segment has as many arrivals, those that stayed included, as the day's scores give it accounts. #}
with arrived as (
    select
        to_segment as segment,
        sum(n_accounts) as n_accounts
    from {{ ref('mart_segment_migration') }}
    where as_of_date = {{ as_of() }}
    group by to_segment
),

scored as (
    select
        coalesce(segment, 'none') as segment,
        count(*) as n_accounts
    from {{ ref('int_account_rfm__as_of') }}
    where lag_days = 0
    group by coalesce(segment, 'none')
)

select *
from arrived
full join scored on arrived.segment = scored.segment
where arrived.n_accounts is distinct from scored.n_accounts
