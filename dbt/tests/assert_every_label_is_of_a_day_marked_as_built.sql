{{ config(tags=['reconciliation']) }}

{# Labels of a day that has no mark would be written twice. #}
select
    labels.closes_on,
    count(*) as n_labels
from {{ ref('churn_labels') }} as labels
left join {{ ref('churn_days_built') }} as built
    on labels.closes_on = built.built_for and built.what = 'labels'
where
    labels.closes_on = any(array(select days.closes_on from {{ ref('int_label_days__to_build') }} as days))
    and built.built_for is null
group by labels.closes_on
