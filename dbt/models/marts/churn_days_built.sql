{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['what', 'built_for'],
    )
}}

-- depends_on: {{ ref('churn_features') }}, {{ ref('churn_labels') }}
{# Written after both: a build that dies before leaves the days to be built again. #}
with days as (
    select
        'features' as what,
        as_of_date as built_for,
        built_with
    from {{ ref('int_days__to_build') }}
    union all
    select
        'labels' as what,
        closes_on as built_for,
        built_with
    from {{ ref('int_label_days__to_build') }}
)

select
    what,
    built_for,
    coalesce(built_with, 0) as built_with
from days
