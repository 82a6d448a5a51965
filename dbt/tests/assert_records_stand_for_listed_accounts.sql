{{ config(tags=['reconciliation']) }}

with named as (
    select
        account_id,
        source_id
    from {{ ref('bridge_account_identity') }}
    where account_id is not null and valid_to is null
)

select named.*
from named
left join {{ ref('dim_account') }} as accounts on named.account_id = accounts.account_id
where accounts.account_id is null
