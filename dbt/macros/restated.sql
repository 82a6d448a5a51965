{# The keys of a staging model that a mart of versions writes anew: rows of which something was recorded within the days
   of restatement (or since the mart's newest version, after a pause that was longer), and rows whose account has been
   identified otherwise since. All versions of them are written again, because a version ends when the next begins. #}
{% macro restated_keys(staging, key, identity) -%}
    {%- set since = restated_since() -%}
    select changed.{{ key }} from {{ staging }} as changed
    where changed.recorded_at >= timestamptz '{{ since }}'
    union
    select moved.{{ key }} from {{ identity }} as identified
    inner join {{ staging }} as moved on identified.account_ref = moved.account_id
    where identified.known_from >= timestamptz '{{ since }}'
{%- endmacro %}

{# A constant and not a subquery, so that the planner sees how few rows lie behind it. #}
{% macro restated_since() -%}
    {%- if execute and is_incremental() -%}
        {%- set question -%}
            select least(
                {{ cutoff() }} - interval '{{ var("restatement_days") }} days',
                coalesce((select max(built.known_from) from {{ this }} as built), '-infinity')
            )
        {%- endset -%}
        {{ return(run_query(question).rows[0][0]) }}
    {%- endif -%}
    {{ return('-infinity') }}
{%- endmacro %}
