{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        indexes=[{'columns': ['account_id', 'as_of_date']}],
    )
}}

{# Every Sunday up to the newest day is here, whichever days were run: what an account's scores did before it was ever
   looked at, and what `copilot health validate` judges a profile by. #}
with scores as (
    select * from {{ ref('int_health__scores') }}
    where is_shown and extract(isodow from as_of_date) = 7
)

select
    as_of_date,
    account_id,
    profile,
    computed_score,
    health_score,
    band,
    coverage_ratio,
    is_scored,
    normalised
from scores
