{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook=["set local enable_nestloop = on", "{{ room_for_a_first_build() }}"],
        indexes=[
            {'columns': ['used_on', 'owner_ref']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_on']},
        ],
    )
}}

with new_events as (
    {{ newly_landed(ref('stg_usage__events'), source('raw_usage', 'usage_events')) }}
),

{# Grouped by the columns as they are; what is made of them is made once a group. #}
by_user as (
    select
        source_name,
        account_id,
        case when account_id is null then subscription_id end as lone_subscription_id,
        user_id,
        {{ day_of('occurred_at') }} as used_from,
        {{ day_of('recorded_at') }} as recorded_from,
        sum(n_times) as n_events,
        count(*) as n_rows,
        count(*) filter (where event_name = 'login') as n_logins,
        max(recorded_at) as newest_recorded_at,
        max(batch_id) as batch_id
    from new_events
    where {{ is_first_delivery('new_events') }}
    group by source_name, account_id, lone_subscription_id, user_id, used_from, recorded_from
)

{# Stored and indexed day after day: readers take ranges of days, and a day's rows lie side by side in the index too,
   however many days are behind it. What is not about users is asked of int_usage__active_days. #}
select
    source_name,
    batch_id,
    coalesce('account:' || account_id, 'subscription:' || lone_subscription_id) as owner_ref,
    user_id,
    (used_from at time zone 'UTC')::date as used_on,
    (recorded_from at time zone 'UTC')::date as recorded_on,
    n_rows::integer as n_rows,
    n_logins::integer as n_logins,
    n_events,
    newest_recorded_at
from by_user
order by used_from
