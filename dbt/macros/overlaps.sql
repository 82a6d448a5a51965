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

{# By what contracts that claim one place are put in order: the first counts. #}
{% macro seniority(contract) -%}
    {{ contract }}.started_on, {{ contract }}.first_recorded_at, {{ contract }}.subscription_id
{%- endmacro %}

{# Of the contracts of an evening, each with its claim: the one that keeps this one out of the books, else null. #}
{% macro set_aside_for(contract) -%}
    {%- if var('contracts_at_a_time') == 'any' -%}
        null::text
    {%- else -%}
        case
            when {{ contract }}.claim is not null
                then nullif(
                    first_value({{ contract }}.subscription_id) over (
                        partition by {{ contract }}.as_of_date, {{ contract }}.lag_days, {{ contract }}.claim
                        order by {{ seniority(contract) }}
                    ),
                    {{ contract }}.subscription_id
                )
        end
    {%- endif -%}
{%- endmacro %}
