{# Days on which an account paid again after at least one evening on which it paid nothing. #}
with spans as (
    select * from {{ ref('int_subscriptions__spans') }}
    where mrr > 0
),

preceded as (
    select
        account_id,
        from_on,
        max(until_on) over (
            partition by account_id order by from_on, until_on rows between unbounded preceding and 1 preceding
        ) as paid_until_on
    from spans
)

select
    account_id,
    from_on as returned_on
from preceded
where from_on > paid_until_on
