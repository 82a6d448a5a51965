{{ config(tags=['reconciliation']) }}

{# No feature was used by more users than there were, nor more often than anything was; and every one is counted. #}
with features as (
    select
        account_id,
        used_on,
        count(*) as features_used,
        max(active_users) as most_users,
        sum(events) as events
    from {{ ref('fct_feature_usage_daily') }}
    where used_on = {{ as_of() }}
    group by account_id, used_on
)

select *
from features
left join {{ ref('fct_usage_daily') }} as days
    on features.account_id = days.account_id and days.used_on = {{ as_of() }}
where
    days.account_id is null
    or features.features_used <> days.features_used
    or features.most_users > days.active_users
    {# Each feature's events are rounded for themselves. #}
    or features.events > days.events + features.features_used
