{{ config(tags=['reconciliation']) }}

{# From the last line back to the first: what the boards show today, less the lines, is what they showed yesterday. #}
with lines as (
    select
        account_id,
        sum(points) as points
    from {{ ref('account_health_waterfall_daily') }}
    where as_of_date = {{ as_of() }}
    group by account_id
)

select
    today.account_id,
    today.health_score,
    yesterday.health_score as score_of_yesterday,
    lines.points
from {{ ref('fct_account_days') }} as today
inner join {{ ref('fct_account_days') }} as yesterday
    on today.account_id = yesterday.account_id and yesterday.as_of_date = {{ as_of() }} - 1
left join lines on today.account_id = lines.account_id
where
    today.as_of_date = {{ as_of() }}
    and today.health_score - coalesce(lines.points, 0) <> yesterday.health_score
