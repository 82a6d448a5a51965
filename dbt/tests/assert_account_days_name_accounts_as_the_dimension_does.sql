{{ config(tags=['reconciliation']) }}

{# A board that filters by the dimension and one that filters by the account day show the same accounts and money. #}
with account_days as (
    select
        segment,
        csm_id,
        count(*) as n_accounts,
        sum(mrr_usd) as mrr_usd
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }}
    group by segment, csm_id
),

by_dimension as (
    select
        accounts.segment,
        accounts.csm_id,
        count(*) as n_accounts,
        sum(account_days.mrr_usd) as mrr_usd
    from {{ ref('fct_account_days') }} as account_days
    inner join {{ ref('dim_account') }} as accounts on account_days.account_id = accounts.account_id
    where account_days.as_of_date = {{ as_of() }}
    group by accounts.segment, accounts.csm_id
)

select
    account_days.segment,
    account_days.csm_id,
    by_dimension.segment as segment_of_the_dimension,
    by_dimension.csm_id as csm_of_the_dimension
from account_days
full outer join by_dimension
    on coalesce(account_days.segment, '') = coalesce(by_dimension.segment, '')
    and coalesce(account_days.csm_id, '') = coalesce(by_dimension.csm_id, '')
where
    account_days.n_accounts is distinct from by_dimension.n_accounts
    or account_days.mrr_usd is distinct from by_dimension.mrr_usd
