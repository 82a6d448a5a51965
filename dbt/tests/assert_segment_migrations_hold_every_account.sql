{{ config(tags=['reconciliation']) }}

with moved as (
    select
        coalesce(sum(n_accounts), 0) as n_accounts,
        case when count(*) = count(mrr_usd) then coalesce(sum(mrr_usd), 0) end as mrr_usd
    from {{ ref('mart_segment_migration') }}
    where as_of_date = {{ as_of() }}
),

valued as (
    select
        count(*) as n_accounts,
        coalesce(sum(mrr_usd), 0) as mrr_usd
    from {{ ref('account_value') }}
    where as_of_date = {{ as_of() }}
)

select *
from moved
cross join valued
where moved.n_accounts <> valued.n_accounts or moved.mrr_usd <> valued.mrr_usd
