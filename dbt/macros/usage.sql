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

{# The first instant that is too late for a day. #}
{% macro end_of(day) -%}
    (({{ day }} + 1)::timestamp at time zone 'UTC')
{%- endmacro %}

{# (usage model, source, newest batch of both that the usage facts hold or 0, the newest evening that they were built for
   or none), for every source that has a partition. #}
{% macro usage_marks() -%}
    {%- set built = adapter.get_relation(this.database, 'marts', 'usage_facts_built') if execute -%}
    {%- set question -%}
        select
            models.name,
            substr(namespaces.nspname, 5) as source_name,
            {{ 'coalesce(built.batch_id, 0)' if built else '0' }} as batch_id,
            {{ '(select max(newest.known_on) from ' ~ built ~ ' as newest)' if built else 'null' }} as known_on
        from (values
            ('int_usage__daily', 'usage_events'), ('int_usage__features', 'usage_events'),
            ('int_usage__totals', 'usage_daily')
        ) as models (name, raw_table)
        inner join pg_class as tables on models.raw_table = tables.relname
        inner join pg_namespace as namespaces
            on tables.relnamespace = namespaces.oid and namespaces.nspname like 'raw\_%'
        {%- if built %}
        left join {{ built }} as built
            on models.name = built.model and substr(namespaces.nspname, 5) = built.source_name
        {%- endif %}
        order by 1, 2
    {%- endset -%}
    {{ return(run_query(question).rows if execute else []) }}
{%- endmacro %}

{# The evening that the usage facts were last built for; none before the first build. #}
{% macro usage_known_before(marks) -%}
    {{ return(marks[0][3] if marks else none) }}
{%- endmacro %}

{# The evening whose knowledge the usage facts hold: they never go back behind the newest day that was built. #}
{% macro usage_known_on() -%}
    {%- set before = usage_known_before(usage_marks()) -%}
    {%- if before -%} greatest({{ as_of() }}, date '{{ before }}') {%- else -%} {{ as_of() }} {%- endif -%}
{%- endmacro %}

{# Whether what was recorded on a day still restates the day of use. #}
{% macro in_restatement_window(row) -%}
    {{ row }}.recorded_on <= {{ row }}.used_on + {{ var('restatement_days') }}
{%- endmacro %}

{# Restated days are written whole: what they said when less was known must not stay beside it. #}
{% macro forget_restatements_of_touched_days() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} as earlier
        using {{ ref('int_usage_days__touched') }} as touched
        where
            earlier.mart = 'fct_usage_daily'
            and earlier.account_id = touched.account_id
            and earlier.restated_on = touched.used_on
    {%- endif -%}
{%- endmacro %}
