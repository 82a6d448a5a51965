{# The project's only clock is the run's cutoff: by it dbt dates the rows of a snapshot and measures how old a source's
   newest row is, so that a repeated day says the same again. dbt asks these macros wherever it would ask the server. #}
{% macro postgres__current_timestamp() -%}
    {{ cutoff() }}
{%- endmacro %}

{% macro postgres__snapshot_get_time() -%}
    ({{ cutoff() }} at time zone 'UTC')
{%- endmacro %}
