{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

accounts as (
    select * from {{ ref('stg_crm__accounts') }}
),

known as (
    select
        days.as_of_date,
        days.is_run_day,
        accounts.*
    from days
    inner join accounts on {{ known_at('accounts', 'days.cutoff_at') }}
)

select
    as_of_date,
    is_run_day,
    account_id,
    name,
    domain,
    segment,
    tier,
    region,
    industry,
    parent_account_id,
    csm_id,
    created_on,
    currency,
    recorded_at
from known
