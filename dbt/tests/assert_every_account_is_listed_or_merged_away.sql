{{ config(tags=['reconciliation']) }}

{# Of the accounts that the CRM knows, each stands for itself and is listed, or another one does. #}
with known as (
    select accounts.account_id
    from {{ ref('stg_crm__accounts') }} as accounts
    where accounts.matters_until >= {{ cutoff() }} and {{ known_at('accounts', cutoff()) }}
),

merged_away as (
    select
        account_id,
        survivor_id
    from {{ ref('int_accounts__merged') }}
    where survivor_id <> account_id and upper_inf(known_during)
)

select
    known.account_id as known_account_id,
    listed.account_id as listed_account_id,
    merged_away.survivor_id
from known
full outer join {{ ref('dim_account') }} as listed on known.account_id = listed.account_id
left join merged_away on known.account_id = merged_away.account_id
where known.account_id is null or (listed.account_id is null) = (merged_away.account_id is null)
