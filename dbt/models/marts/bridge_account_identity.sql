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
        resolved.known_until as valid_to
    from records
    inner join resolved
        on records.source_id = resolved.account_ref
        and (resolved.known_until is null or records.first_known_at < resolved.known_until)
    where records.first_known_at < {{ cutoff() }}
)

select * from bridged
