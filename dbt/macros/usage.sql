{# The staged rows that this model has not taken in yet; all of them when it is built for the first time. As `landed`, but
   through a staging view, whose columns are plain names of the raw ones. #}
{% macro newly_landed(staged, raw) -%}
    {%- if execute and is_incremental() -%}
        {%- for cursor in newest_batches(raw) %}
        select * from {{ staged }} where source_name = '{{ cursor[0] }}' and batch_id > {{ cursor[1] }}
        {%- if not loop.last %} union all {% endif %}
        {%- else %}
        select * from {{ staged }} where false
        {%- endfor %}
    {%- else -%}
        select * from {{ staged }}
    {%- endif %}
{%- endmacro %}

{# Of `new` events those that no earlier delivery brought: an event is a fact, its first landed version counts.

   A first build finds the few repeated ids in one ordered pass of the key's index and looks up their deliveries. They go
   through arrays, whose length the planner takes for small: it then keeps them in one hash beside the events, instead of
   sorting all events. Later builds look each new event up in that index. #}
{% macro first_deliveries(new) -%}
    {%- if execute and is_incremental() -%}
        select {{ new }}.*
        from {{ new }}
        left join lateral (
            select true as is_known
            from {{ ref('stg_usage__events') }} as earlier
            where
                earlier.source_name = {{ new }}.source_name
                and earlier.event_id = {{ new }}.event_id
                and (earlier.batch_id, earlier.recorded_at) < ({{ new }}.batch_id, {{ new }}.recorded_at)
            limit 1
        ) as before on true
        where before.is_known is null
    {%- else -%}
        select {{ new }}.*
        from {{ new }}
        where not exists (
            select 1
            from (
                select
                    array_agg(source_name) as source_names,
                    array_agg(event_id) as event_ids,
                    array_agg(recorded_at) as instants
                from (
                    select
                        deliveries.*,
                        row_number() over (
                            partition by repeated.source_name, repeated.event_id
                            order by deliveries.batch_id, deliveries.recorded_at
                        ) as nth
                    from (
                        select source_name, event_id
                        from {{ ref('stg_usage__events') }}
                        group by source_name, event_id
                        having count(*) > 1
                    ) as repeated
                    cross join lateral (
                        select known.source_name, known.event_id, known.recorded_at, known.batch_id
                        from {{ ref('stg_usage__events') }} as known
                        where known.source_name = repeated.source_name and known.event_id = repeated.event_id
                        offset 0
                    ) as deliveries
                ) as numbered
                where nth > 1
            ) as lists
            cross join lateral unnest(lists.source_names, lists.event_ids, lists.instants)
                as later (source_name, event_id, recorded_at)
            where
                later.source_name = {{ new }}.source_name
                and later.event_id = {{ new }}.event_id
                and later.recorded_at = {{ new }}.recorded_at
        )
    {%- endif %}
{%- endmacro %}

{# The UTC day of an instant as an instant: arithmetic only, which matters for tens of millions of rows. #}
{% macro day_of(instant) -%}
    date_bin(interval '1 day', {{ instant }}, timestamptz '2000-01-01 00:00:00+00')
{%- endmacro %}

{# The number of the week that ends on the first Sunday at or after a day: 1900-01-07 was a Sunday. #}
{% macro week_of(day) -%}
    (({{ day }} - date '1900-01-07' + 6) / 7)
{%- endmacro %}

{# 0 for a Monday to 6 for a Sunday. #}
{% macro weekday_of(day) -%}
    (({{ day }} - date '1900-01-07' + 6) % 7)
{%- endmacro %}

{# The weeks at whose end something used in week `used` lies `youngest` to `oldest` - 1 weeks back, once it is known and
   while its name stands for the account. #}
{% macro seen_in(used, youngest, oldest, known='known_week', gone='gone_week') -%}
    int4range(
        greatest({{ used }} + {{ youngest }}, {{ known }}),
        greatest({{ used }} + {{ youngest }}, {{ known }}, least({{ used }} + {{ oldest }}, {{ gone }}))
    )
{%- endmacro %}

{# All events at once are grouped in memory as far as it goes; a day's increment needs next to none. #}
{% macro room_for_a_first_build() -%}
    set local work_mem = '256MB'
{%- endmacro %}
