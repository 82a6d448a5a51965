{# How boards group the bands of whatever profile an account is shown: healthy, watch, at_risk or unscored. #}
{% macro standing_of(band) -%}
    case
    {%- for standing in ('healthy', 'watch', 'at_risk') %}
        {%- set bands = var(standing ~ '_bands') %}
        {%- if bands %}
        when {{ band }} in ('{{ bands | join("', '") }}') then '{{ standing }}'
        {%- endif %}
    {%- endfor %}
        when true then 'unscored'
    end
{%- endmacro %}

{# The segment as boards name it beside their row `all`: a segment that is really called so keeps apart. #}
{% macro board_segment(segment) -%}
    case coalesce({{ segment }}, 'unknown') when 'all' then 'all (segment)' else coalesce({{ segment }}, 'unknown') end
{%- endmacro %}
