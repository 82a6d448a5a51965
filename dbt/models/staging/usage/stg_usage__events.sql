{# All that was landed, whatever day is being built: the daily facts keep when each row was recorded, and their readers
    choose. account_id may be missing where the source knows only the subscription. #}
with source as (
    select * from {{ source('raw_usage', 'usage_events') }}
),

renamed as (
    select
        event_id,
        case
            when account_id is not null then 'account:' || account_id
            else 'subscription:' || subscription_id
        end as owner_ref,
        user_id,
        event_name,
        feature,
        occurred_at,
        (occurred_at at time zone 'UTC')::date as used_on,
        greatest(coalesce(quantity, 1), 0) as n_times,
        recorded_at,
        (recorded_at at time zone 'UTC')::date as recorded_on,
        _source as source_name,
        _batch_id as batch_id
    from source
)

select * from renamed
