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

with slices as (
    {{ slices_of_new_events() }}
),

{# Grouped by the columns as they are; what is made of them is made once a group. #}
by_user as (
    select
        slices.source_name,
        grouped.*
    from slices
    cross join lateral (
        select
            events.account_id,
            case when events.account_id is null then events.subscription_id end as lone_subscription_id,
            events.user_id,
            ({{ day_of('events.occurred_at') }} at time zone 'UTC')::date as used_on,
            ({{ day_of('events.recorded_at') }} at time zone 'UTC')::date as recorded_on,
            sum(events.n_times) as n_events,
            count(*) as n_rows,
            count(*) filter (where events.event_name = 'login') as n_logins,
            max(events.recorded_at) as newest_recorded_at,
            max(events.batch_id) as batch_id
        from {{ ref('stg_usage__events') }} as events
        where {{ is_of_slice('events', 'slices') }}
        group by
            events.account_id,
            lone_subscription_id,
            events.user_id,
            {{ day_of('events.occurred_at') }},
            {{ day_of('events.recorded_at') }}
        {# By what is made of the group: by a column of it, the events would be sorted instead of the groups. #}
        order by used_on
    ) as grouped
)

{# Stored and indexed day after day: readers take ranges of days, and a day's rows lie side by side in the index too,
   however many days are behind it. What is not about users is asked of int_usage__active_days. #}
select
    source_name,
    batch_id,
    coalesce('account:' || account_id, 'subscription:' || lone_subscription_id) as owner_ref,
    user_id,
    used_on,
    recorded_on,
    n_rows::integer as n_rows,
    n_logins::integer as n_logins,
    n_events,
    newest_recorded_at
from by_user
