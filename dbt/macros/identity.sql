{# A domain as two systems would agree on it: without scheme, www., path and port. #}
{% macro normal_domain(domain) -%}
    nullif(
        regexp_replace(lower(trim({{ domain }})), '^([a-z]+://)?(www\.)?|[/:?].*$|\.$', '', 'g'),
        ''
    )
{%- endmacro %}

{# A name without case, punctuation and the forms of companies at its end; none where nothing is left of it. Dots and
   apostrophes go without a gap, so that S.A. is SA. #}
{% macro normal_name(name) -%}
    nullif(
        regexp_replace(
            trim(regexp_replace(translate(lower({{ name }}), '.''’', ''), '[[:punct:][:space:]]+', ' ', 'g')),
            '( ({{ var("identity_legal_forms") | join("|") }}))+$', ''
        ),
        ''
    )
{%- endmacro %}

{# The time in which a version was known, as far as the run's day can tell. #}
{% macro known_during() -%}
    tstzrange(recorded_at, case when superseded_at < {{ cutoff() }} then superseded_at end)
{%- endmacro %}

{# Texts of a settings file as SQL literals. #}
{% macro sql_texts(texts) -%}
    {%- for text in texts -%}
        '{{ text | replace("'", "''") }}'{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
