{# Data tests read only the day being built: a test's `where: "as_of_date = __as_of__"` is filled in when it runs, because
   jinja in the YAML is rendered once, when the project is parsed. #}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if where -%}
        (select * from {{ relation }} where {{ where | replace('__as_of__', as_of()) }}) as dbt_subquery
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
