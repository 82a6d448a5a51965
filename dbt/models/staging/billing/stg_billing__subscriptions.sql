with source as (
    select * from {{ source('raw_billing', 'subscriptions') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        subscription_id,
        account_id,
        plan,
        lower(trim(status)) as status,
        started_on,
        ended_on,
        notice_on,
        term_ends_on,
        lower(trim(billing_period)) as billing_period,
        seats,
        mrr,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        discount_ratio,
        auto_renew,
        is_trial,
        recorded_at,
        {{ superseded_at('subscription_id') }} as superseded_at
    from source
)

select * from versions
