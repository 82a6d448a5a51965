{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['taken_in']}],
    )
}}

{# Read from what staging has, never from raw itself: a batch that lands while the day is being built is taken in by the
   next build, and it is that build which finds the days that lack it. #}
{% set tables = staged_tables() %}

with new_batches as (
    {% if execute and is_incremental() -%}
    {%- for cursor in newest_batches_by_table() if cursor[0] in tables %}
    select
        '{{ cursor[0] }}' as table_name,
        source_name,
        batch_id,
        min(recorded_at) as earliest_recorded_at,
        count(*) filter (where {{ before_the_window('recorded_at') }}) as n_rows_before_window
    from {{ ref(tables[cursor[0]]) }}
    where source_name = '{{ cursor[1] }}' and batch_id > {{ cursor[2] }}
    group by source_name, batch_id
    {%- if not loop.last %} union all {% endif %}
    {%- endfor %}
    {%- else -%}
    {%- for table, model in tables.items() %}
    select
        '{{ table }}' as table_name,
        source_name,
        batch_id,
        min(recorded_at) as earliest_recorded_at,
        count(*) filter (where {{ before_the_window('recorded_at') }}) as n_rows_before_window
    from {{ ref(model) }}
    group by source_name, batch_id
    {%- if not loop.last %} union all {% endif %}
    {%- endfor %}
    {%- endif %}
)

select
    table_name,
    source_name,
    batch_id,
    earliest_recorded_at,
    n_rows_before_window,
    {{ as_of() }} as taken_in_on,
    {% if is_incremental() -%}
    (select coalesce(max(known.taken_in), 0) + 1 from {{ this }} as known)
    {%- else -%}
    1
    {%- endif %} as taken_in
from new_batches
