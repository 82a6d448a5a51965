{{ config(tags=['reconciliation']) }}

{# A Sunday that was also run stands in both marts. #}
select
    weekly.account_id,
    weekly.health_score as score_of_the_spine,
    daily.health_score as score_of_the_day
from {{ ref('account_health_weekly') }} as weekly
full outer join (
    select * from {{ ref('account_health_daily') }}
    where as_of_date = {{ as_of() }} and is_shown
) as daily
    on weekly.as_of_date = daily.as_of_date and weekly.account_id = daily.account_id
where
    extract(isodow from {{ as_of() }}) = 7
    and coalesce(weekly.as_of_date, daily.as_of_date) = {{ as_of() }}
    and (
        weekly.health_score is distinct from daily.health_score
        or weekly.band is distinct from daily.band
        or weekly.profile is distinct from daily.profile
    )
