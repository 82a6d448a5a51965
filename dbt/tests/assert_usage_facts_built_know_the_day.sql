{{ config(tags=['reconciliation']) }}

select built.*
from {{ ref('usage_facts_built') }} as built
inner join {{ ref('stg_run') }} as run on built.known_on < run.as_of_date
