{{ config(tags=['reconciliation']) }}

{# Of the windows that closed on this day. #}
select
    labels.as_of_date,
    labels.account_id,
    labels.horizon
from {{ ref('churn_labels') }} as labels
left join {{ ref('churn_features') }} as features
    on labels.as_of_date = features.as_of_date and labels.account_id = features.account_id
where labels.closes_on = {{ as_of() }} and features.account_id is null
