{# Deliveries of events that an earlier delivery had brought: an event is a fact, its first landed version counts.

   A first build finds the few repeated ids in one ordered pass of the key's index and looks up the deliveries of each: the
   order asked for there keeps PostgreSQL from joining all events instead. A later build looks each new event up in that
   index. A row without an event says how far each source was read, also when nothing was repeated. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="set local enable_nestloop = on",
        indexes=[{'columns': ['event_id', 'recorded_at']}, {'columns': ['source_name', 'batch_id']}],
        post_hook="analyze {{ this }}",
    )
}}

with
{%- if execute and is_incremental() %}
new_events as (
    {{ newly_landed(ref('stg_usage__events'), source('raw_usage', 'usage_events')) }}
),

repeated as (
    select
        new_events.source_name,
        new_events.event_id,
        new_events.recorded_at
    from new_events
    cross join lateral (
        select 1
        from {{ ref('stg_usage__events') }} as earlier
        where
            earlier.source_name = new_events.source_name
            and earlier.event_id = new_events.event_id
            and (earlier.batch_id, earlier.recorded_at) < (new_events.batch_id, new_events.recorded_at)
        order by earlier.recorded_at
        limit 1
    ) as before
)
{%- else %}
repeated_ids as (
    select
        source_name,
        event_id
    from {{ ref('stg_usage__events') }}
    group by source_name, event_id
    having count(*) > 1
),

deliveries as (
    select
        delivered.source_name,
        delivered.event_id,
        delivered.recorded_at,
        row_number() over (
            partition by delivered.source_name, delivered.event_id
            order by delivered.batch_id, delivered.recorded_at
        ) as nth
    from repeated_ids
    cross join lateral (
        select
            known.source_name,
            known.event_id,
            known.recorded_at,
            known.batch_id
        from {{ ref('stg_usage__events') }} as known
        where known.source_name = repeated_ids.source_name and known.event_id = repeated_ids.event_id
        order by known.recorded_at
    ) as delivered
),

repeated as (
    select
        source_name,
        event_id,
        recorded_at
    from deliveries
    where nth > 1
)
{%- endif %}

select
    source_name,
    event_id,
    recorded_at,
    null::bigint as batch_id
from repeated
union all
{# From staging's list and not from the events: it may be behind them, never ahead. #}
select
    source_name,
    null as event_id,
    null as recorded_at,
    max(batch_id) as batch_id
from {{ ref('stg_batches') }}
where table_name = 'usage_events'
group by source_name
