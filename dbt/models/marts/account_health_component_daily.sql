{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

with points as (
    select * from {{ ref('int_health__points') }}
    where as_of_date = {{ as_of() }}
)

select
    as_of_date,
    account_id,
    profile,
    component,
    raw_value,
    normalised,
    weight,
    known_ratio,
    best_points,
    points,
    is_missing
from points
