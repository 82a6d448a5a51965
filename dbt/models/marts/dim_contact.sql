{{ config(materialized='table', post_hook="analyze {{ this }}") }}

with contacts as (
    select * from {{ ref('stg_crm__contacts') }}
    where matters_until >= {{ cutoff() }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

current_contacts as (
    select
        contacts.contact_id,
        identity.account_id,
        contacts.role,
        contacts.is_champion,
        contacts.created_on,
        case when contacts.last_seen_at < {{ cutoff() }} then contacts.last_seen_at end as last_seen_at,
        encode(sha256(convert_to(nullif(lower(trim(contacts.email)), ''), 'UTF8')), 'hex') as email_hash
    from contacts
    inner join identity
        on contacts.account_id = identity.account_ref
        and {{ resolved_at('identity', cutoff()) }}
    where {{ known_at('contacts', cutoff()) }}
)

select * from current_contacts
