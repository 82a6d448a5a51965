{# All that was landed, whatever day is being built: the daily facts keep when each row was recorded, and their readers
    choose. A plain renaming, so that what reads it finds new batches and repeated ids through the raw table's indexes. #}
with source as (
    select * from {{ source('raw_usage', 'usage_events') }}
),

renamed as (
    select
        event_id,
        account_id,
        subscription_id,
        user_id,
        event_name,
        feature,
        occurred_at,
        coalesce(quantity, 1) as n_times,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from source
)

select * from renamed
