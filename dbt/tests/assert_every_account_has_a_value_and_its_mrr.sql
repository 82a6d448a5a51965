{{ config(tags=['reconciliation']) }}

{# As many rows as the CRM has accounts, and the money of the contracts. #}
with valued as (
    select
        count(*) as n_accounts,
        coalesce(sum(mrr_usd), 0) as mrr_usd
    from {{ ref('account_value') }}
    where as_of_date = {{ as_of() }}
),

known as (
    select
        count(*) as n_accounts,
        coalesce(sum(contracts.mrr_usd) filter (where contracts.lifecycle is not null), 0) as mrr_usd
    from {{ ref('int_accounts__as_of') }} as accounts
    left join {{ ref('int_account_contracts__as_of') }} as contracts
        on accounts.as_of_date = contracts.as_of_date and accounts.account_id = contracts.account_id
    where accounts.is_run_day
)

select *
from valued
cross join known
where valued.n_accounts <> known.n_accounts or valued.mrr_usd <> known.mrr_usd
