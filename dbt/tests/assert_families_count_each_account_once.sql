{{ config(tags=['reconciliation']) }}

with listed as (
    select
        count(*) as n_accounts,
        count(*) filter (where contracts.account_id is not null and contracts.mrr_usd is null) as n_without_price,
        coalesce(sum(contracts.mrr_usd), 0) as mrr_usd
    from {{ ref('int_accounts__as_of') }} as accounts
    left join {{ ref('int_account_contracts__as_of') }} as contracts
        on accounts.as_of_date = contracts.as_of_date and accounts.account_id = contracts.account_id
    where accounts.is_run_day
),

families as (
    select
        ultimate_parent_account_id,
        min(n_family_accounts) as n_accounts,
        max(n_family_accounts) as n_accounts_at_most,
        min(family_mrr_usd) as mrr_usd
    from {{ ref('dim_account') }}
    group by ultimate_parent_account_id
),

summed as (
    select
        sum(n_accounts) as n_in_families,
        sum(n_accounts_at_most) as n_in_families_at_most,
        coalesce(sum(mrr_usd), 0) as mrr_in_families_usd,
        count(*) filter (where mrr_usd is null) as n_families_without_price
    from families
)

select *
from listed
cross join summed
where
    listed.n_accounts <> summed.n_in_families
    or listed.n_accounts <> summed.n_in_families_at_most
    or (summed.n_families_without_price = 0 and listed.mrr_usd <> summed.mrr_in_families_usd)
    or (listed.n_without_price = 0) <> (summed.n_families_without_price = 0)
