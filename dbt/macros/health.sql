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

{# How much of a signal still counts at its age: half after one half-life; unknown when its age is. #}
{% macro still_counts(row, component) -%}
    {%- if 'half_life' in component -%}
    {#- Not greatest(): that would make an unknown age a new one. #}
    {%- set age = row ~ '.' ~ component['half_life']['age'] -%}
    round(power(0.5, case when {{ age }} < 0 then 0 else {{ age }} end / {{ component['half_life']['days'] }}::numeric), 6)
    {%- else -%} 1::numeric {%- endif -%}
{%- endmacro %}

{# The profile of an account: that of the first rule, by precedence, whose conditions all hold; else the default. #}
{% macro chosen_profile() -%}
    case
    {%- for rule in var('health_rules') %}
        when
        {%- for column, allowed in rule['conditions'].items() %}
            {{ column }} in ('{{ allowed | join("', '") }}'){% if not loop.last %} and{% endif %}
        {%- endfor %}
            then '{{ rule["profile"] }}'
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

{# Where the CSM's own rating and the band disagree; no opinion, an old one, or no score disagrees with nothing. #}
{% macro divergence_of(row, profile, band) -%}
    case
        when {{ band }} is null or {{ row }}.sentiment_age_days is null then null
        when {{ row }}.sentiment_age_days > {{ var('health_divergence_max_age_days') }} then null
    {%- for known in var('health_profiles') %}
        when {{ profile }} = '{{ known["name"] }}' and {{ band }} = '{{ known["bands"][0]["band"] }}'
            and {{ row }}.sentiment_rating >= {{ var('health_divergence_good_rating') }} then 'csm_more_positive'
        when {{ profile }} = '{{ known["name"] }}' and {{ band }} = '{{ known["best_band"] }}'
            and {{ row }}.sentiment_rating <= {{ var('health_divergence_bad_rating') }} then 'csm_more_negative'
    {%- endfor %}
    end
{%- endmacro %}

{# The Sunday nearest to a date: at most three days away. #}
{% macro nearest_sunday(day) -%}
    ({{ day }} + case when extract(isodow from {{ day }}) <= 3 then 0 else 7 end - extract(isodow from {{ day }})::integer)
{%- endmacro %}

{# The direction of a change that is larger than the noise; unknown when either is. #}
{% macro trend_of(change, noise) -%}
    case
        when {{ change }} is null or {{ noise }} is null then null
        when {{ change }} > {{ noise }} then 'up'
        when {{ change }} < -{{ noise }} then 'down'
        else 'flat'
    end
{%- endmacro %}

{# A later day that is compared with this one was built before it: it gets the changes that it could not know. #}
{% macro compare_later_days() -%}
    {%- set columns = [
        'delta_1d', 'delta_7d', 'delta_30d', 'delta_90d', 'trend_7d', 'trend_30d', 'trend_90d', 'noise_points',
    ] -%}
    update {{ this }} as later
    set
    {%- for column in columns %}
        health_{{ column }} = changes.{{ column }}{% if not loop.last %},{% endif %}
    {%- endfor %}
    from {{ ref('account_health_change_daily') }} as changes
    where
        later.as_of_date = changes.as_of_date
        and later.account_id = changes.account_id
        and changes.as_of_date in ({{ as_of() }} + 1, {{ as_of() }} + 7, {{ as_of() }} + 30, {{ as_of() }} + 90)
        and (
        {%- for column in columns %}
            later.health_{{ column }} is distinct from changes.{{ column }}{% if not loop.last %} or{% endif %}
        {%- endfor %}
        )
{%- endmacro %}
