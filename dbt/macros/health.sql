{# What is not a finite number is not known (RELIABILITY: NaN through a clamp makes a perfect score). #}
{% macro finite(input) -%}
    case when {{ input }}::numeric > '-Infinity' and {{ input }}::numeric < 'Infinity' then {{ input }}::numeric end
{%- endmacro %}

{# The bound of a step or cap as a condition; bounds are strict unless they say `at_least`. #}
{% macro beyond(input, step) -%}
    {%- if 'below' in step -%} {{ input }} < {{ step['below'] }}
    {%- elif 'above' in step -%} {{ input }} > {{ step['above'] }}
    {%- else -%} {{ input }} >= {{ step['at_least'] }}
    {%- endif -%}
{%- endmacro %}

{# What a component is worth in the units of its weight: up to the weight, or down to minus the weight for a penalty. #}
{% macro worth(input, component) -%}
    case when {{ input }} is null then null::numeric
    {%- if 'steps' in component %}
    {%- for step in component['steps'] %} when {{ beyond(input, step) }} then {{ step['points'] }}
    {%- endfor %} else {{ component['otherwise'] }}
    {%- elif 'linear' in component %}
    else greatest(0, least({{ component['weight'] }}, {{ input }} * {{ component['linear']['factor'] }}))
    {%- else %}
    {%- set worst, best = component['scale']['worst'], component['scale']['best'] %}
    else {{ component['weight'] }} * greatest(0, least(1, ({{ input }} - {{ worst }}) / ({{ best }} - {{ worst }})::numeric))
    {%- endif %} end
{%- endmacro %}

{# The profile of an account: the first rule of the YAML's list that names its segment, else the default. #}
{% macro chosen_profile(segment) -%}
    case
    {%- for rule in var('health_rules') %}
        when {{ segment }} = '{{ rule["segment"] }}' then '{{ rule["profile"] }}'
    {%- endfor %}
        when true then '{{ var("health_default") }}'
    end
{%- endmacro %}

{# The band of a shown score. #}
{% macro band_of(profile, score) -%}
    case
    {%- for known in var('health_profiles') %}
        when {{ profile }} = '{{ known["name"] }}' then
            case
                when {{ score }} is null then null
                {%- for band in known['bands'] %}
                when {{ score }} < {{ band['below'] }} then '{{ band["band"] }}'
                {%- endfor %}
                else '{{ known["best_band"] }}'
            end
    {%- endfor %}
    end
{%- endmacro %}
