{# A score of RFM, 1 to 3, by the bounds of config/segments.yml; what is not known has none. #}
{% macro rfm_score(input, measure) -%}
    case
        when {{ input }} is null then null
        {%- for cut in var('rfm_cuts') if cut['measure'] == measure %}
        when {{ input }} {{ cut['sign'] }} {{ cut['bounds'][0] }} then 3
        when {{ input }} {{ cut['sign'] }} {{ cut['bounds'][1] }} then 2
        {%- endfor %}
        else 1
    end
{%- endmacro %}

{# The three scores as one word; none when one of them is not known. #}
{% macro rfm_code(recency, frequency, monetary) -%}
    ({{ recency }} * 100 + {{ frequency }} * 10 + {{ monetary }})::text
{%- endmacro %}

{# The name of a code. #}
{% macro segment_of(code) -%}
    case
        when {{ code }} is null then null
        {%- for known in var('segment_codes') %}
        when {{ code }} = '{{ known["code"] }}' then '{{ known["segment"] }}'
        {%- endfor %}
    end
{%- endmacro %}

{# A text as the segment that it names; none when it names none. #}
{% macro segment_named(given) -%}
    case
        when {{ given }} is null then null
        {%- for name in var('segment_codes') | map(attribute='segment') | unique %}
        when upper(trim({{ given }})) = '{{ name }}' then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}

{# What the lifetime value takes for granted on the day, as columns of one row. #}
{% macro clv_assumption() -%}
    {%- set valid = namespace(newest={}) -%}
    {%- for each in var('clv_assumptions') if each['valid_from'] <= var('as_of') -%}
        {%- set valid.newest = each -%}
    {%- endfor -%}
    select
        {{ valid.newest.get('gross_margin', 'null') }}::numeric as gross_margin,
        {{ valid.newest.get('monthly_discount', 'null') }}::numeric as monthly_discount,
        {{ valid.newest.get('horizon_months', 'null') }}::integer as horizon_months
{%- endmacro %}

{# Months of margin to come, discounted: the sum of ((1 - churn) / (1 + discount)) ^ t, t from 0 to horizon - 1. #}
{% macro expected_months(churn) -%}
    (1 - power(round((1 - {{ churn }}) / (1 + monthly_discount), 12), horizon_months))
    / (1 - round((1 - {{ churn }}) / (1 + monthly_discount), 12))
{%- endmacro %}

{# The margin of those months: no more of them than are left after a notice, and none once the account has left. #}
{% macro clv(months) -%}
    case still_pays
        when 'expected' then round(monthly_margin_usd * {{ months }}, 2)
        when 'until_the_end' then round(monthly_margin_usd * least({{ months }}, months_left), 2)
        when 'over' then 0
    end
{%- endmacro %}
