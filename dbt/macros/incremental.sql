{# delete+insert whose delete goes through the key's index. dbt's own says `key in (select …)`, which becomes a join: where
   the planner is kept from nested loops, as in every mart, that reads all days of the table to replace one. An array is
   no join. Of a key of several columns the first is looked up, so it should be the one that few rows share with the new. #}
{% macro postgres__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- if not incremental_predicates -%}
        {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) %}
        {%- set keys = [unique_key] if unique_key is string else unique_key %}
        delete from {{ target }}
        where
            {{ keys[0] }} = any(array(select distinct replacing.{{ keys[0] }} from {{ source }} as replacing))
            {%- if keys | length > 1 %}
            and ({{ keys | join(', ') }}) in (select {{ keys | join(', ') }} from {{ source }})
            {%- endif %};

        insert into {{ target }} ({{ columns }})
        select {{ columns }} from {{ source }}
    {%- else -%}
        {{ default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) }}
    {%- endif -%}
{%- endmacro %}
