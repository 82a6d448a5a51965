{{ config(tags=['reconciliation']) }}

select books.as_of_date
from {{ ref('mrr_daily') }} as books
left join {{ ref('mrr_days_built') }} as built on books.as_of_date = built.as_of_date
where books.as_of_date = {{ as_of() }} and built.as_of_date is null
