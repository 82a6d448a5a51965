{{ config(tags=['reconciliation']) }}

{# Every account whose score of yesterday is known, those that did not move included. #}
with lines as (
    select
        account_id,
        sum(points) as points
    from {{ ref('account_health_waterfall_daily') }}
    where as_of_date = {{ as_of() }}
    group by account_id
)

select
    changes.account_id,
    changes.delta_1d,
    lines.points
from {{ ref('account_health_change_daily') }} as changes
full outer join lines on changes.account_id = lines.account_id
where
    changes.as_of_date = {{ as_of() }}
    and coalesce(changes.delta_1d, 0) <> coalesce(lines.points, 0)
