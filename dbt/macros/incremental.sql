{# delete+insert whose delete goes through the key's index. dbt's own says `key in (select …)`, which becomes a join: where
   the planner is kept from nested loops, as in every mart, that reads all days of the table to replace one. An array is
   no join. #}
{% macro postgres__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- if unique_key is string and not incremental_predicates -%}
        {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) %}
        delete from {{ target }}
        where {{ unique_key }} = any(array(select distinct replacing.{{ unique_key }} from {{ source }} as replacing));

        insert into {{ target }} ({{ columns }})
        select {{ columns }} from {{ source }}
    {%- else -%}
        {{ default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) }}
    {%- endif -%}
{%- endmacro %}
