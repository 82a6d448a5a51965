{{ config(tags=['reconciliation']) }}

select
    staged.invoice_id,
    staged.amount,
    facts.amount as fact_amount
from {{ ref('stg_billing__invoices') }} as staged
left join {{ ref('fct_invoice') }} as facts
    on staged.invoice_id = facts.invoice_id and facts.as_of_date = {{ as_of() }}
where
    staged.recorded_at >= {{ cutoff() }} - interval '1 day'
    and {{ known_at('staged', cutoff()) }}
    and (facts.invoice_id is null or facts.amount is distinct from staged.amount)
