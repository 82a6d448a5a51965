{# The place in the books for which a contract stands, as config/mrr.yml has it (contracts_at_a_time): of those that run
   at the same time and claim the same place, only the first counts. What is worth nothing claims none, and keeps none
   out; nor does one whose plan nobody named, where each plan has a place. #}
{% macro claim() -%}
    {%- set places = {'any': none, 'one_a_plan': ['account_id', 'plan'], 'one_an_account': ['account_id']} -%}
    {%- set place = places[var('contracts_at_a_time')] -%}
    {%- if place is none -%}
        null::text[]
    {%- else -%}
        case
            when (mrr <> 0 or mrr is null) and {{ place | join(' is not null and ') }} is not null
                then array[{{ place | join(', ') }}]
        end
    {%- endif -%}
{%- endmacro %}

{# When a contract was first recorded as one that is paid for. A later day's version never changes it. #}
{% macro first_recorded_at() -%}
    {%- if var('contracts_at_a_time') == 'any' -%}
        null::timestamptz
    {%- else -%}
        min(recorded_at) filter (where not is_unpaid) over (partition by subscription_id)
    {%- endif -%}
{%- endmacro %}

{% macro came_after(later, earlier) -%}
    ({{ later }}.started_on, {{ later }}.first_recorded_at, {{ later }}.subscription_id)
    > ({{ earlier }}.started_on, {{ earlier }}.first_recorded_at, {{ earlier }}.subscription_id)
{%- endmacro %}

{# Of contracts that stand side by side, each with its claim: the one that keeps this one out of the books, else null. #}
{% macro set_aside_for(within) -%}
    {%- if var('contracts_at_a_time') == 'any' -%}
        null::text
    {%- else -%}
        case
            when claim is not null
                then nullif(
                    first_value(subscription_id) over (
                        partition by {{ within }}, claim order by started_on, first_recorded_at, subscription_id
                    ),
                    subscription_id
                )
        end
    {%- endif -%}
{%- endmacro %}
