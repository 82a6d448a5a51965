{{
    config(
        unique_key='subscription_id',
        indexes=[
            {'columns': ['subscription_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
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
    {{ with_earlier_versions('new_versions', 'subscription_id') }}
)

select
    *,
    {{ superseded_at('subscription_id') }} as superseded_at
from versions
