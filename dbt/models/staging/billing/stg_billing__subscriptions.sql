{{
    config(
        unique_key='subscription_id',
        indexes=[
            {'columns': ['subscription_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
            {'columns': ['superseded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_billing', 'subscriptions')) }}
),

new_versions as (
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
        amount,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        discount_ratio,
        auto_renew,
        is_trial,
        is_deleted,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_earlier_versions('new_versions', 'subscription_id', computed=('superseded_at', 'status_since_on')) }}
),

compared as (
    select
        *,
        coalesce(coalesce(status, '') <> lag(coalesce(status, '')) over (
            partition by subscription_id order by recorded_at, source_name
        ), true) as is_other_status
    from versions
),

numbered as (
    select
        *,
        count(*) filter (where is_other_status) over (
            partition by subscription_id order by recorded_at, source_name
        ) as status_number
    from compared
)

select
    subscription_id,
    account_id,
    plan,
    status,
    started_on,
    ended_on,
    notice_on,
    term_ends_on,
    billing_period,
    seats,
    mrr,
    amount,
    currency,
    discount_ratio,
    auto_renew,
    is_trial,
    is_deleted,
    recorded_at,
    source_name,
    batch_id,
    (
        min(recorded_at) over (partition by subscription_id, status_number) at time zone 'UTC'
    )::date as status_since_on,
    {{ superseded_at('subscription_id') }} as superseded_at
from numbered
