{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['used_on', 'account_id', 'feature'],
        pre_hook="set local enable_nestloop = on",
        indexes=[{'columns': ['used_on']}],
    )
}}

select
    account_id,
    used_on,
    feature,
    active_users::integer as active_users,
    round(events)::bigint as events,
    n_late::integer as n_late,
    last_recorded_on - used_on as arrival_lag_days,
    first_recorded_on,
    last_recorded_on
from {{ ref('int_usage_features__known') }}
