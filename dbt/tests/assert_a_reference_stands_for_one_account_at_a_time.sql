with spans as (
    select
        account_ref,
        known_from,
        known_until,
        lead(known_from) over (partition by account_ref order by known_from) as next_from
    from {{ ref('int_account_identity') }}
)

select *
from spans
where known_from >= known_until or coalesce(known_until, 'infinity') > next_from
