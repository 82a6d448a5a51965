{{ config(materialized='view') }}

{# The milestones of config/onboarding.yml as rows, one for each thing that proves a milestone. #}
select
    listed.milestone,
    listed.proof
from (
    values
    {%- for milestone in var('milestones') %}
    {%- for proof in milestone['proven_by'] %}
    ('{{ milestone["milestone"] }}', '{{ proof }}'),
    {%- endfor %}
    {%- endfor %}
    (null::text, null::text)
) as listed (milestone, proof)
where listed.milestone is not null
