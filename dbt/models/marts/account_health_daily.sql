{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        indexes=[{'columns': ['account_id', 'profile', 'as_of_date']}],
    )
}}

{# A day's rows depend on nothing but the day: what changed from other days is not stored, account_health_change_daily
   works it out when it is read. #}
with scores as (
    select * from {{ ref('int_health__scores') }}
    where is_run_day
)

select
    as_of_date,
    account_id,
    profile,
    is_shown,
    raw_score,
    full_score,
    computed_score,
    health_score,
    band,
    coverage_ratio,
    is_scored,
    cap_applied,
    cap_points,
    floor_points,
    override_points,
    override_applied,
    override_reason,
    override_author
from scores
