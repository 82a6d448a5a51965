{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[
            {'columns': ['used_on', 'member_kind']},
            {'columns': ['owner_ref', 'used_on']},
            {'columns': ['batch_id']},
        ],
    )
}}

with events as (
    select * from {{ ref('stg_usage__events') }}
),

new_events as (
    select events.*
    from events
    where
        events.owner_ref is not null
        {% if is_incremental() -%}
        {# Batches may commit out of order, so look back behind the newest one and skip those already counted. #}
        and events.batch_id
        > (select coalesce(max(built.batch_id), 0) - 1000 from {{ this }} as built)
        and events.batch_id not in (
            select built.batch_id
            from {{ this }} as built
            where built.batch_id > (select coalesce(max(newest.batch_id), 0) - 1000 from {{ this }} as newest)
        )
        {%- endif %}
        {# An event is a fact: the first version that was landed counts, a second delivery does not. #}
        and not exists (
            select 1
            from events as earlier
            where
                earlier.source_name = events.source_name
                and earlier.event_id = events.event_id
                and (earlier.batch_id, earlier.recorded_at) < (events.batch_id, events.recorded_at)
        )
),

by_user_and_feature as (
    select
        batch_id,
        owner_ref,
        used_on,
        recorded_on,
        case when grouping(user_id) = 0 then 'user' else 'feature' end as member_kind,
        case when grouping(user_id) = 0 then user_id else feature end as member,
        sum(n_times) as n_events,
        max(recorded_at) as newest_recorded_at
    from new_events
    group by grouping sets (
        (batch_id, owner_ref, used_on, recorded_on, user_id),
        (batch_id, owner_ref, used_on, recorded_on, feature)
    )
)

{# Stored day after day: readers take ranges of days. #}
select * from by_user_and_feature
where member_kind = 'user' or member is not null
order by used_on, owner_ref
