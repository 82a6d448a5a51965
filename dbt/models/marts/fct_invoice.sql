{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['invoice_id']}, {'columns': ['account_id', 'as_of_date']}],
        pre_hook=[
            "set local enable_nestloop = on",
            "{{ delete_days('as_of_date', ref('int_mrr_days__to_build')) }}",
        ],
    )
}}

with days as (
    select * from {{ ref('int_mrr_days__to_build') }}
),

{# What happened to an invoice that day: a version of it, an attempt to collect it, or its first day overdue. #}
touched as (
    select
        days.as_of_date,
        days.cutoff_at,
        invoices.invoice_id
    from days
    inner join {{ ref('stg_billing__invoices') }} as invoices
        on invoices.recorded_at >= days.cutoff_at - interval '1 day' and days.cutoff_at > invoices.recorded_at
    union
    select
        days.as_of_date,
        days.cutoff_at,
        payments.invoice_id
    from days
    inner join {{ ref('stg_billing__payments') }} as payments
        on payments.recorded_at >= days.cutoff_at - interval '1 day' and days.cutoff_at > payments.recorded_at
    union
    select
        days.as_of_date,
        days.cutoff_at,
        invoices.invoice_id
    from days
    inner join {{ ref('stg_billing__invoices') }} as invoices on days.as_of_date - 1 = invoices.due_on
),

attempts as (
    select
        touched.as_of_date,
        touched.invoice_id,
        count(*) filter (where payments.status = 'failed') as failed_attempts
    from touched
    inner join {{ ref('stg_billing__payments') }} as payments
        on touched.invoice_id = payments.invoice_id and {{ known_at('payments', 'touched.cutoff_at') }}
    group by touched.as_of_date, touched.invoice_id
),

known as (
    select
        touched.as_of_date,
        touched.cutoff_at,
        invoices.*,
        case when invoices.paid_on <= touched.as_of_date then invoices.paid_on end as known_paid_on,
        coalesce(invoices.status, 'open') not in ('draft', 'void') and coalesce(invoices.amount > 0, true) as is_owed,
        coalesce(invoices.paid_on <= touched.as_of_date, invoices.status = 'paid', false) as is_paid,
        coalesce(attempts.failed_attempts, 0) as failed_attempts
    from touched
    inner join {{ ref('stg_billing__invoices') }} as invoices
        on touched.invoice_id = invoices.invoice_id and {{ known_at('invoices', 'touched.cutoff_at') }}
    left join attempts
        on touched.as_of_date = attempts.as_of_date and touched.invoice_id = attempts.invoice_id
)

select
    known.as_of_date,
    known.invoice_id,
    coalesce(identity.account_id, known.account_id) as account_id,
    known.subscription_id,
    known.issued_on,
    known.due_on,
    known.known_paid_on as paid_on,
    known.amount,
    known.currency,
    round(known.amount * rates.usd_per_unit, 2) as amount_usd,
    case
        when known.is_owed and known.due_on is not null and (known.known_paid_on is not null or not known.is_paid)
            then greatest(coalesce(known.known_paid_on, known.as_of_date) - known.due_on, 0)
    end as days_late,
    known.failed_attempts,
    case
        when not known.is_owed then 'none'
        when known.is_paid then case when known.failed_attempts > 0 then 'recovered' else 'paid' end
        when known.failed_attempts > 0 then 'retrying'
        when coalesce(known.due_on < known.as_of_date, known.status = 'past_due') then 'overdue'
        else 'open'
    end as dunning_state
from known
left join {{ ref('int_account_identity') }} as identity
    on known.account_id = identity.account_ref and {{ resolved_at('identity', 'known.cutoff_at') }}
left join {{ ref('int_fx_rates__dated') }} as rates
    on known.currency = rates.currency
    and known.as_of_date >= rates.valid_from and (rates.valid_until is null or known.as_of_date < rates.valid_until)
