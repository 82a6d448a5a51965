{{ config(tags=['reconciliation']) }}

{# From the staged invoices of the last five weeks, past every step on the way to the mart. #}
with paid as (
    select
        accounts.account_id,
        max(invoices.paid_on) as last_order_on
    from {{ ref('stg_billing__invoices') }} as invoices
    inner join {{ ref('int_account_identity') }} as identity
        on invoices.account_id = identity.account_ref and {{ resolved_at('identity', cutoff()) }}
    inner join {{ ref('int_accounts__as_of') }} as accounts
        on identity.account_id = accounts.account_id and accounts.is_run_day
    where
        {{ known_at('invoices', cutoff()) }}
        and invoices.recorded_at >= {{ cutoff() }} - interval '35 days'
        and invoices.status = 'paid'
        and invoices.amount > 0
        and invoices.paid_on > {{ as_of() }} - 35
        and invoices.paid_on <= {{ as_of() }}
    group by accounts.account_id
)

select
    paid.*,
    valued.last_order_on as shown_last_order_on
from paid
left join {{ ref('account_value') }} as valued
    on paid.account_id = valued.account_id and valued.as_of_date = {{ as_of() }}
where valued.last_order_on is null or valued.last_order_on < paid.last_order_on
