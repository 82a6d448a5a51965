{{
    config(
        unique_key=['customer_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['customer_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_billing', 'customers')) }}
),

new_versions as (
    select
        customer_id,
        account_id,
        name,
        domain,
        created_on,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'customer_id') }}
)

select
    *,
    {{ superseded_at('customer_id') }} as superseded_at
from versions
