{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

-- depends_on: {{ ref('mrr_daily') }}, {{ ref('fct_subscription_movement') }}
{# Written after both: a build that dies before leaves the days to be built again. #}
select
    as_of_date,
    built_with
from {{ ref('int_mrr_days__to_build') }}
