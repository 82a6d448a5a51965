{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['used_on', 'account_id'],
        pre_hook="set local enable_nestloop = on",
        indexes=[{'columns': ['used_on']}],
    )
}}

with known as (
    select
        *,
        {{ in_restatement_window('days') }} as is_applied
    from {{ ref('int_usage_days__known') }} as days
),

{# The last applied row of a day has its totals. Taken while grouping: a join back to it is expected to find one row in
   all, and what is joined to one row is searched once for each of them. #}
by_day as (
    select
        account_id,
        used_on,
        max(known_from) as known_from,
        {%- for total in ['active_users', 'events', 'sessions'] %}
        (array_agg({{ total }} order by recorded_on desc) filter (where is_applied))[1] as {{ total }},
        {%- endfor %}
        max(recorded_on) filter (where is_applied) as last_recorded_on,
        min(recorded_on) as first_recorded_on,
        coalesce(sum(n_rows) filter (where is_applied and recorded_on > used_on), 0) as n_late,
        coalesce(sum(n_rows) filter (where not is_applied), 0) as n_too_late
    from known
    group by account_id, used_on
    having bool_or(is_applied)
),

features as (
    select
        account_id,
        used_on,
        count(*) as features_used
    from {{ ref('int_usage_features__known') }}
    group by account_id, used_on
)

select
    by_day.account_id,
    by_day.used_on,
    by_day.active_users::integer as active_users,
    round(by_day.events)::bigint as events,
    by_day.sessions::integer as sessions,
    features.features_used::integer as features_used,
    by_day.known_from,
    by_day.n_late::integer as n_late,
    by_day.n_too_late::integer as n_too_late,
    by_day.last_recorded_on - by_day.used_on as arrival_lag_days,
    by_day.first_recorded_on,
    by_day.last_recorded_on
from by_day
left join features on by_day.account_id = features.account_id and by_day.used_on = features.used_on
