{# All that was landed, whatever day is being built; see stg_usage__events. #}
with source as (
    select * from {{ source('raw_usage', 'usage_daily') }}
),

renamed as (
    select
        account_id,
        used_on,
        coalesce(nullif(lower(trim(feature)), ''), 'all') as feature,
        active_users,
        events as n_events,
        active_clients,
        total_clients,
        forms_sent,
        forms_completed,
        journeys_sent,
        journeys_opened,
        recorded_at,
        (recorded_at at time zone 'UTC')::date as recorded_on,
        _source as source_name,
        _batch_id as batch_id
    from source
)

select * from renamed
