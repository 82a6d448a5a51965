{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[
            {'columns': ['used_on']},
            {'columns': ['account_id', 'used_on']},
            {'columns': ['batch_id']},
        ],
    )
}}

with totals as (
    select * from {{ ref('stg_usage__totals') }}
),

new_totals as (
    select totals.*
    from totals
    {% if is_incremental() -%}
    {# Batches may commit out of order, so look back behind the newest one and skip those already kept. #}
    where
        totals.batch_id
        > (select coalesce(max(built.batch_id), 0) - 1000 from {{ this }} as built)
        and totals.batch_id not in (select built.batch_id from {{ this }} as built)
    {%- endif %}
)

select * from new_totals
