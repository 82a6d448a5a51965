{{ config(tags=['reconciliation']) }}

select
    subscription_id,
    sum(mrr_delta_usd) as mrr_delta_usd
from {{ ref('fct_subscription_movement') }}
where as_of_date = {{ as_of() }} and movement_type = 'merge'
group by subscription_id
having sum(mrr_delta_usd) <> 0
