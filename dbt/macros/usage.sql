{# The staged rows that this model has not taken in yet; all of them when it is built for the first time, or asked for. As
   `landed`, but through a staging view, whose columns are plain names of the raw ones. #}
{% macro newly_landed(staged, raw, all_of_it=false) -%}
    {%- if execute and is_incremental() and not all_of_it -%}
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

{# The newly landed batches of events in slices of neighbours. What one slice is grouped into fits the memory that a whole
   history would not; a hundred at the most, since each slice is set beside all repeated deliveries. What a day brought is
   one slice. #}
{% macro slices_of_new_events() -%}
    select
        source_name,
        min(batch_id) as first_batch,
        max(batch_id) as last_batch
    from (
        select
            source_name,
            batch_id,
            ntile({{ 1 if execute and is_incremental() else 100 }}) over (
                partition by source_name
                order by batch_id
            ) as slice
        from ({{ newly_landed(ref('stg_batches'), source('raw_usage', 'usage_events')) }}) as batches
        where table_name = 'usage_events'
    ) as numbered
    group by source_name, slice
    order by source_name, first_batch
{%- endmacro %}

{# Whether an event belongs to a slice and counts. #}
{% macro is_of_slice(event, slice) -%}
    {{ event }}.source_name = {{ slice }}.source_name
    and {{ event }}.batch_id >= {{ slice }}.first_batch
    and {{ event }}.batch_id <= {{ slice }}.last_batch
    and {{ is_first_delivery(event) }}
{%- endmacro %}

{# Of the proofs that are asked for those that no build of this model has looked for yet. #}
{% macro proofs_never_looked_for(asked) -%}
    {%- set known = [] -%}
    {%- if execute and is_incremental() -%}
        {%- for row in run_query("select proof from " ~ this ~ " where owner_ref is null and proof is not null").rows -%}
            {%- do known.append(row[0]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(asked | reject('in', known) | list) }}
{%- endmacro %}

{# Whether an event counts: whether no earlier delivery had brought it. #}
{% macro is_first_delivery(event) -%}
    not exists (
        select 1 from {{ ref('int_usage__repeated') }} as repeated
        where
            {{ event }}.source_name = repeated.source_name
            and {{ event }}.event_id = repeated.event_id
            and {{ event }}.recorded_at = repeated.recorded_at
    )
{%- endmacro %}

{# An owner's last (`desc`) or first (`asc`) day of use as a day knew it: one entry of the index by owner, whose end it is.
   The row that was recorded last speaks for the day. #}
{% macro outermost_use(owner, is_of_events, direction, day='owners.as_of_date') -%}
    select
        uses.used_on,
        uses.newest_recorded_at
    from {{ ref('int_usage__active_days') }} as uses
    where
        uses.owner_ref = {{ owner }}.owner_ref
        and uses.is_of_events = {{ is_of_events }}
        and uses.used_on <= {{ day }}
        and uses.recorded_on <= {{ day }}
    order by uses.used_on {{ direction }}, uses.recorded_on {{ direction }}, uses.newest_recorded_at {{ direction }}
    limit 1
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
            ('int_usage__daily', 'usage_events'), ('int_usage__totals', 'usage_daily')
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
