{{ config(tags=['reconciliation']) }}

{# Of the windows that closed on this day. #}
with labels as (
    select * from {{ ref('churn_labels') }}
    where closes_on = {{ as_of() }}
),

features as (
    select * from {{ ref('churn_features') }}
    where as_of_date = any(array(select labels.as_of_date from labels))
)

select
    labels.as_of_date,
    labels.account_id,
    labels.horizon
from labels
left join features on labels.as_of_date = features.as_of_date and labels.account_id = features.account_id
where features.account_id is null
