{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
    )
}}

with account_values as (
    select * from {{ ref('account_value') }}
    where as_of_date = {{ as_of() }}
)

select
    as_of_date,
    coalesce(prev_segment, 'none') as from_segment,
    coalesce(segment, 'none') as to_segment,
    count(*) as n_accounts,
    case when count(*) filter (where lifecycle <> 'prospect' and mrr_usd is null) = 0 then coalesce(sum(mrr_usd), 0) end
        as mrr_usd
from account_values
group by as_of_date, coalesce(prev_segment, 'none'), coalesce(segment, 'none')
