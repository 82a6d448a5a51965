{{ config(materialized='view') }}

{# The steps of config/onboarding.yml as rows, one for each thing that proves a step. #}
select
    listed.step,
    listed.due_day,
    listed.if_missed,
    listed.when_done,
    listed.proof
from (
    values
    {%- for step in var('onboarding_steps') %}
    {%- for proof in step['proven_by'] %}
    (
        '{{ step["step"] }}',
        {{ step['due_day'] }},
        {{ "'" ~ step['if_missed'] ~ "'" if step['if_missed'] else 'null' }},
        {{ "'" ~ step['when_done'] ~ "'" if step['when_done'] else 'null' }},
        '{{ proof }}'
    ),
    {%- endfor %}
    {%- endfor %}
    (null::text, null::integer, null::text, null::text, null::text)
) as listed (step, due_day, if_missed, when_done, proof)
where listed.step is not null
