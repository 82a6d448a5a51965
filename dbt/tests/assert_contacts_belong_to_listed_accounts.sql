{{ config(tags=['reconciliation']) }}

select
    contacts.contact_id,
    contacts.account_id
from {{ ref('dim_contact') }} as contacts
left join {{ ref('dim_account') }} as accounts on contacts.account_id = accounts.account_id
where accounts.account_id is null
