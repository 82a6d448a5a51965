{{ config(tags=['reconciliation']) }}

{# A day without its mark would be built again every night. #}
select days.as_of_date
from {{ ref('int_mrr_days__to_build') }} as days
left join {{ ref('mrr_days_built') }} as built on days.as_of_date = built.as_of_date
where built.as_of_date is null or built.built_with <> days.built_with
