{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[
            {'columns': ['used_on']},
            {'columns': ['account_id', 'used_on']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_on']},
        ],
    )
}}

with new_totals as (
    {{ newly_landed(ref('stg_usage__totals'), source('raw_usage', 'usage_daily')) }}
)

select * from new_totals
