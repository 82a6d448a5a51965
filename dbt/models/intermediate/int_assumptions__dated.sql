{{ config(materialized='view') }}

{# What is taken for true on the run's day: the newest row of each assumption that holds by then. #}
select distinct on (name)
    name,
    value
from {{ ref('seed_assumption') }}
where valid_from <= {{ as_of() }}
order by name, valid_from desc
