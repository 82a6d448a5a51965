{{ config(tags=['reconciliation']) }}

{# A day without its mark would be built again every night. #}
select days.as_of_date
from {{ ref('int_days__to_build') }} as days
left join {{ ref('churn_days_built') }} as built
    on days.as_of_date = built.built_for and built.what = 'features'
where
    built.built_for is null
    or built.built_with < (select max(batches.taken_in) from {{ ref('stg_batches') }} as batches)
