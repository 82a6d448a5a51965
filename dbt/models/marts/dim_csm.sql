{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

{# Every day built keeps its own CSMs, so that an older day that is published again names those of its time. #}

with csms as (
    select * from {{ ref('stg_crm__csms') }}
),

current_csms as (
    select
        {{ as_of() }} as as_of_date,
        csm_id,
        full_name,
        email,
        timezone,
        send_hour,
        manager_id,
        coalesce(is_active, true) as is_active
    from csms
    where {{ known_at('csms', cutoff()) }}
)

select * from current_csms
