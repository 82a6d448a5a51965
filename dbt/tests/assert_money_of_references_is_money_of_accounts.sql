{{ config(tags=['reconciliation']) }}

{# What is billed under the names of an account is the account's MRR and what its overlapping contracts would add, where
   all of it has a price. #}
with by_reference as (
    select
        account_id,
        sum(mrr_usd) as mrr_usd
    from {{ ref('bridge_account_identity') }}
    where valid_to is null and account_id is not null
    group by account_id
),

overlapping as (
    select
        account_id,
        sum(mrr_usd) as mrr_usd
    from {{ ref('contract_overlaps') }}
    where as_of_date = {{ as_of() }}
    group by account_id
),

by_account as (
    select
        contracts.account_id,
        contracts.mrr_usd + coalesce(overlapping.mrr_usd, 0) as mrr_usd
    from {{ ref('int_account_contracts__as_of') }} as contracts
    left join overlapping on contracts.account_id = overlapping.account_id
    where contracts.as_of_date = {{ as_of() }} and contracts.mrr_usd is not null
)

select
    by_account.account_id,
    by_account.mrr_usd,
    by_reference.mrr_usd as mrr_under_its_references_usd
from by_account
left join by_reference on by_account.account_id = by_reference.account_id
where by_account.mrr_usd <> coalesce(by_reference.mrr_usd, 0)
