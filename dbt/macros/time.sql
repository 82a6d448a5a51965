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
