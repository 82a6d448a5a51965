{{ config(tags=['reconciliation']) }}

select
    staged.payment_id,
    staged.amount,
    facts.amount as fact_amount
from {{ ref('stg_billing__payments') }} as staged
left join {{ ref('fct_payment_event') }} as facts
    on staged.payment_id = facts.payment_id and facts.as_of_date = {{ as_of() }}
where
    staged.recorded_at >= {{ cutoff() }} - interval '1 day'
    and {{ known_at('staged', cutoff()) }}
    and (facts.payment_id is null or facts.amount is distinct from staged.amount)
