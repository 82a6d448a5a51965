{{ config(tags=['reconciliation']) }}

{# A stored change may be out of date only as long as nobody built the day that it looks back at. #}
select
    account_days.account_id,
    account_days.health_delta_1d,
    changes.delta_1d
from {{ ref('fct_account_days') }} as account_days
left join {{ ref('account_health_change_daily') }} as changes
    on account_days.as_of_date = changes.as_of_date and account_days.account_id = changes.account_id
where
    account_days.as_of_date = {{ as_of() }}
    and (
        changes.account_id is null
        or account_days.health_delta_1d is distinct from changes.delta_1d
        or account_days.health_delta_7d is distinct from changes.delta_7d
        or account_days.health_delta_30d is distinct from changes.delta_30d
        or account_days.health_delta_90d is distinct from changes.delta_90d
        or account_days.health_trend_30d is distinct from changes.trend_30d
    )
