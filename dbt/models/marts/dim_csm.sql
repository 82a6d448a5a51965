{{ config(materialized='table', post_hook="analyze {{ this }}") }}

with csms as (
    select * from {{ ref('stg_crm__csms') }}
),

current_csms as (
    select
        csm_id,
        full_name,
        email,
        timezone,
        send_hour,
        manager_id,
        coalesce(is_active, true) as is_active
    from csms
    where superseded_at is null
)

select * from current_csms
