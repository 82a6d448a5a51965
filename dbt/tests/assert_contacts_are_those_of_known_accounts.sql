{{ config(tags=['reconciliation']) }}

with known as (
    select
        count(*) as n_contacts,
        count(*) filter (where contacts.is_champion) as n_champions,
        count(*) filter (where contacts.email is not null and trim(contacts.email) <> '') as n_addresses
    from {{ ref('stg_crm__contacts') }} as contacts
    where
        exists (
            select 1 from {{ ref('bridge_account_identity') }} as bridge
            where
                bridge.source_id = contacts.account_id
                and bridge.account_id is not null
                and bridge.valid_to is null
        )
        and contacts.matters_until >= {{ cutoff() }} and {{ known_at('contacts', cutoff()) }}
),

listed as (
    select
        count(*) as n_contacts_listed,
        count(*) filter (where is_champion) as n_champions_listed,
        count(email_hash) as n_addresses_hashed
    from {{ ref('dim_contact') }}
)

select *
from known
cross join listed
where
    known.n_contacts <> listed.n_contacts_listed
    or known.n_champions <> listed.n_champions_listed
    or known.n_addresses <> listed.n_addresses_hashed
