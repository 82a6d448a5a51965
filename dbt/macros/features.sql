{# A count of a window, as if the account had been there for all of it: an account of 10 days with 50 things done in "28
   days" reads 140. Days known are those since the first subscription, trials included, today among them. #}
{% macro scaled(count, window_days, days_known='days_known') -%}
    {{ count }} * {{ window_days }}.0 / least({{ window_days }}, {{ days_known }})
{%- endmacro %}

{# A share of at most 1. Not least(1, …): that makes 1, the best there is, of a part or a whole that is not known. #}
{% macro capped_share(part, whole) -%}
    case
        when {{ part }} > nullif({{ whole }}, 0) then 1
        else {{ part }}::numeric / nullif({{ whole }}, 0)
    end
{%- endmacro %}
