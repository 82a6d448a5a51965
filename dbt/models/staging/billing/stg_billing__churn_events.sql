with source as (
    select * from {{ source('raw_billing', 'churn_events') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        churn_event_id,
        account_id,
        churned_on,
        lower(trim(kind)) as kind,
        reason,
        is_reactivation,
        recorded_at,
        {{ superseded_at('churn_event_id') }} as superseded_at
    from source
)

select * from versions
