{{
    config(
        materialized='table',
        indexes=[{'columns': ['source_id']}, {'columns': ['account_id']}],
        post_hook="analyze {{ this }}",
    )
}}

with resolved as (
    select * from {{ ref('int_account_identity__resolved') }}
),

sources as (
    select
        source_name as source,
        account_id as source_id,
        min(recorded_at) as first_known_at
    from {{ ref('stg_crm__accounts') }}
    group by source_name, account_id
    union all
    select
        source_name as source,
        customer_id as source_id,
        min(recorded_at) as first_known_at
    from {{ ref('stg_billing__customers') }}
    group by source_name, customer_id
    union all
    select
        source_name as source,
        account_id as source_id,
        min(recorded_at) as first_known_at
    from {{ ref('stg_billing__subscriptions') }}
    group by source_name, account_id
    union all
    select
        'override' as source,
        account_ref as source_id,
        min(lower(known_during)) as first_known_at
    from {{ ref('int_account_overrides__dated') }}
    group by account_ref
),

records as (
    select
        source,
        source_id,
        min(first_known_at) as first_known_at
    from sources
    group by source, source_id
),

{# What the running paid subscriptions of the run's day that bear this name are worth. #}
money as (
    select
        subscriptions.source_name,
        subscriptions.account_id,
        sum(
            round(
                case when subscriptions.pause_counts_on <= {{ as_of() }} then 0 else subscriptions.mrr end
                * rates.usd_per_unit,
                2
            )
        ) as mrr_usd
    from {{ ref('int_subscriptions__valued') }} as subscriptions
    inner join {{ ref('int_fx_rates__as_of') }} as rates
        on subscriptions.currency = rates.currency and rates.as_of_date = {{ as_of() }}
    where
        {{ known_at('subscriptions', cutoff()) }}
        and subscriptions.started_on <= {{ as_of() }}
        and coalesce(least(subscriptions.ends_on, subscriptions.lapses_on) > {{ as_of() }}, true)
        and not subscriptions.is_unpaid
    group by subscriptions.source_name, subscriptions.account_id
),

bridged as (
    select
        records.source,
        records.source_id,
        resolved.account_id,
        resolved.suggested_account_id,
        resolved.method,
        resolved.confidence,
        resolved.unmatched_reason,
        case when resolved.method = 'crm_id' then nullif(resolved.account_id, records.source_id) end as merged_into,
        greatest(resolved.known_from, records.first_known_at) as valid_from,
        resolved.known_until as valid_to,
        case when resolved.known_until is null then money.mrr_usd end as mrr_usd
    from records
    inner join resolved
        on records.source_id = resolved.account_ref
        and (resolved.known_until is null or records.first_known_at < resolved.known_until)
    left join money on records.source = money.source_name and records.source_id = money.account_id
    where records.first_known_at < {{ cutoff() }}
)

select * from bridged
