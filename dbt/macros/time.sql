{% macro as_of() -%}
    date '{{ var("as_of") }}'
{%- endmacro %}

{% macro cutoff() -%}
    timestamptz '{{ var("cutoff") }}'
{%- endmacro %}

{# When the next version of the same row was recorded; null while this one is the newest. #}
{% macro superseded_at(key) -%}
    lead(recorded_at) over (partition by {{ key }} order by recorded_at, source_name)
{%- endmacro %}

{# Whether a version is the one that was known at the end of a day. #}
{% macro known_at(version, cutoff_at) -%}
    {{ version }}.recorded_at < {{ cutoff_at }}
    and ({{ version }}.superseded_at is null or {{ version }}.superseded_at >= {{ cutoff_at }})
{%- endmacro %}

{# Whether an account reference stood for an account at the end of a day. #}
{% macro resolved_at(identity, cutoff_at) -%}
    {{ identity }}.known_from < {{ cutoff_at }}
    and ({{ identity }}.known_until is null or {{ identity }}.known_until >= {{ cutoff_at }})
{%- endmacro %}

{# Whether an instant lies so far back that the Sundays which should have known it are not built again. #}
{% macro before_the_window(instant) -%}
    {{ instant }} < ({{ as_of() }} - {{ var('restatement_days') }})::timestamp at time zone 'UTC'
{%- endmacro %}

{# Whether rows that the end of a day should have known were taken in only after build number `built_with`. #}
{% macro lacks_rows(cutoff_at, built_with, tables=none) -%}
    exists (
        select 1 from {{ ref('stg_batches') }} as batches
        where
            batches.taken_in > {{ built_with }}
            and batches.earliest_recorded_at < {{ cutoff_at }}
            {%- if tables %}
            and batches.table_name in ('{{ tables | join("', '") }}')
            {%- endif %}
    )
{%- endmacro %}
