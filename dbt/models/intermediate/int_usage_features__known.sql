{{
    config(
        pre_hook="set local enable_nestloop = on",
        indexes=[{'columns': ['account_id', 'used_on']}],
        post_hook="analyze {{ this }}",
    )
}}

{# Of each touched day of use, its features; by what was recorded within the window of restatement. #}
{%- set known_on = usage_known_on() %}

with touched as (
    select
        days.account_id,
        days.used_on,
        owners.owner_ref
    from {{ ref('int_usage_days__touched') }} as days
    inner join {{ ref('int_usage_owners__known') }} as owners
        on days.account_id = owners.account_id
        and {{ end_of('days.used_on') }} > owners.stands_from
        and {{ end_of('days.used_on') }} <= owners.stands_until
),

by_user as (
    select
        touched.account_id,
        features.used_on,
        features.feature,
        features.user_id,
        sum(features.n_events) as n_events,
        sum(features.n_rows) filter (where features.recorded_on > features.used_on) as n_late,
        min(features.recorded_on) as first_recorded_on,
        max(features.recorded_on) as last_recorded_on
    from touched
    inner join {{ ref('int_usage__features') }} as features
        on touched.owner_ref = features.owner_ref and touched.used_on = features.used_on
    where features.recorded_on <= {{ known_on }} and {{ in_restatement_window('features') }}
    group by touched.account_id, features.used_on, features.feature, features.user_id
)

select
    account_id,
    used_on,
    feature,
    nullif(count(user_id), 0) as active_users,
    sum(n_events) as events,
    coalesce(sum(n_late), 0) as n_late,
    min(first_recorded_on) as first_recorded_on,
    max(last_recorded_on) as last_recorded_on
from by_user
group by account_id, used_on, feature
