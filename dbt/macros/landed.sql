{# The rows of a raw table that this model has not taken in yet; all of them when it is built for the first time.

   A source lands its batches one after another, under its lock, so the newest batch taken in of each source is where the
   next build goes on. One select per partition with its number written out: so the BRIN index on _batch_id finds the new
   pages, and nothing else of the history is read. The model keeps `source_name` and `batch_id`, indexed together. #}
{% macro landed(raw) -%}
    {%- if execute and is_incremental() -%}
        {%- for cursor in newest_batches(raw) %}
        select * from {{ raw }} where _source = '{{ cursor[0] }}' and _batch_id > {{ cursor[1] }}
        {%- if not loop.last %} union all {% endif %}
        {%- else %}
        select * from {{ raw }} where false
        {%- endfor %}
    {%- else -%}
        select * from {{ raw }}
    {%- endif %}
{%- endmacro %}

{# (source, newest batch of it in this model or 0) for every source that has a partition of the raw table. A name of the
   catalogue has a collation of its own, with which the index on source_name cannot be searched. #}
{% macro newest_batches(raw) -%}
    {%- set question -%}
        select
            substr(namespaces.nspname, 5) as source_name,
            coalesce(
                (
                    select max(built.batch_id) from {{ this }} as built
                    where built.source_name = substr(namespaces.nspname, 5) collate "default"
                ),
                0
            ) as batch_id
        from pg_inherits as partitions
        inner join pg_class as tables on partitions.inhrelid = tables.oid
        inner join pg_namespace as namespaces on tables.relnamespace = namespaces.oid
        where partitions.inhparent = '{{ raw.include(database=false) }}'::regclass
        order by 1
    {%- endset -%}
    {{ return(run_query(question).rows) }}
{%- endmacro %}

{# The new versions, and with them those that this model already has of the same rows and that end later than the first
   new one, or not at all: only when they end can change. What ended before is neither read again nor written again,
   however long a row's history is. `computed` are the model's columns that the new versions lack. #}
{% macro with_open_versions(new, key, computed=('superseded_at',)) -%}
    {{ with_earlier_versions(new, key, computed) }}
    {%- if execute and is_incremental() %}
            and (
                superseded_at is null
                or superseded_at > (select min(changed.recorded_at) from {{ new }} as changed)
            )
    {%- endif %}
{%- endmacro %}

{# The same with all versions of those rows, for what is counted over them. An array, so that the earlier ones are looked up
   through the key's index however many the planner expects. #}
{% macro with_earlier_versions(new, key, computed=('superseded_at',)) -%}
    {%- if execute and is_incremental() -%}
        {%- set columns = [] -%}
        {%- for column in adapter.get_columns_in_relation(this) if column.name not in computed -%}
            {%- do columns.append(column.name) -%}
        {%- endfor %}
        select {{ columns | join(', ') }} from {{ new }}
        union all
        select {{ columns | join(', ') }} from {{ this }}
        where {{ key }} = any(array(select changed.{{ key }} from {{ new }} as changed))
    {%- else -%}
        select * from {{ new }}
    {%- endif %}
{%- endmacro %}
