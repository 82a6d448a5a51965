{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['known_on', 'mart', 'account_id', 'restated_on', 'measure'],
        pre_hook=["set local enable_nestloop = on", "{{ forget_restatements_of_touched_days() }}"],
        indexes=[{'columns': ['account_id', 'restated_on']}],
    )
}}

-- depends_on: {{ ref('int_usage_days__touched') }}
with known as (
    select
        *,
        {{ in_restatement_window('days') }} as is_applied,
        lag(events) over by_knowledge as events_before,
        lag(active_users) over by_knowledge as active_users_before,
        max(recorded_on) filter (where {{ in_restatement_window('days') }}) over (
            partition by account_id, used_on
        ) as last_applied_on
    from {{ ref('int_usage_days__known') }} as days
    window by_knowledge as (partition by account_id, used_on order by recorded_on)
),

{# What comes after the window leaves the day as it is, and is named all the same. #}
restated as (
    select
        late.account_id,
        late.used_on,
        late.recorded_on,
        late.n_rows,
        late.known_from,
        late.is_applied,
        case when late.is_applied then late.events_before else last_applied.events end as old_events,
        case when late.is_applied then late.events else last_applied.events end as new_events,
        case when late.is_applied then late.active_users_before else last_applied.active_users end as old_users,
        case when late.is_applied then late.active_users else last_applied.active_users end as new_users
    from known as late
    left join known as last_applied
        on late.account_id = last_applied.account_id
        and late.used_on = last_applied.used_on
        and late.last_applied_on = last_applied.recorded_on
    where late.recorded_on > late.used_on
),

measures as (
    select
        restated.recorded_on as known_on,
        'fct_usage_daily' as mart,
        restated.account_id,
        restated.used_on as restated_on,
        measures.measure,
        measures.old_value,
        measures.new_value,
        case when restated.known_from = 'events' then 'late events' else 'late totals' end
        || case when restated.is_applied then '' else ' outside the window of restatement' end as cause,
        restated.n_rows as n_late_rows
    from restated
    cross join lateral (
        values
        ('events', restated.old_events, restated.new_events),
        ('active_users', restated.old_users, restated.new_users)
    ) as measures (measure, old_value, new_value)
    where measures.measure = 'events' or measures.old_value is distinct from measures.new_value
)

select
    known_on,
    mart,
    account_id,
    restated_on,
    measure,
    old_value::numeric as old_value,
    new_value::numeric as new_value,
    cause,
    n_late_rows::bigint as n_late_rows
from measures
union all
select
    known_on,
    mart,
    account_id,
    restated_on,
    measure,
    old_value,
    new_value,
    cause,
    n_late_rows
from {{ ref('int_restatements__mrr') }}
