{{ config(tags=['reconciliation']) }}

{# Two ways to the same list: from the day's contracts, and from the spans of the books. #}
with listed as (
    select * from {{ ref('contract_overlaps') }}
    where as_of_date = {{ as_of() }}
),

left_out as (
    select * from {{ ref('int_subscriptions__spans') }}
    where is_set_aside and from_on <= {{ as_of() }} and until_on > {{ as_of() }}
)

select
    coalesce(listed.subscription_id, left_out.subscription_id) as subscription_id,
    listed.mrr,
    left_out.mrr_set_aside as left_out_mrr
from listed
full join left_out
    on listed.subscription_id = left_out.subscription_id and listed.account_id = left_out.account_id
where
    listed.subscription_id is null
    or left_out.subscription_id is null
    or listed.mrr is distinct from left_out.mrr_set_aside
