{{ config(tags=['reconciliation']) }}

{# An attempt of the day is on its invoice, and an invoice of the day counts the attempts that are events. #}
with failed as (
    select
        invoice_id,
        count(*) as n_failed
    from {{ ref('fct_payment_event') }}
    where as_of_date = {{ as_of() }} and status = 'failed' and invoice_id is not null
    group by invoice_id
)

select failed.invoice_id
from failed
inner join {{ ref('fct_invoice') }} as invoices
    on failed.invoice_id = invoices.invoice_id and invoices.as_of_date = {{ as_of() }}
where invoices.failed_attempts < failed.n_failed
