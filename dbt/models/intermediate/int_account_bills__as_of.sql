{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

invoices as (
    select * from {{ ref('stg_billing__invoices') }}
),

payments as (
    select * from {{ ref('stg_billing__payments') }}
),

rates as (
    select * from {{ ref('int_fx_rates__as_of') }}
),

overdue as (
    select
        days.as_of_date,
        invoices.account_id,
        days.as_of_date - min(invoices.due_on) as days_past_due,
        case
            when count(rates.usd_per_unit) = count(*) then sum(round(invoices.amount * rates.usd_per_unit, 2))
        end as overdue_usd,
        max(invoices.recorded_at) as newest_recorded_at
    from days
    inner join invoices on {{ known_at('invoices', 'days.cutoff_at') }}
    left join rates on days.as_of_date = rates.as_of_date and invoices.currency = rates.currency
    where
        invoices.due_on < days.as_of_date
        and invoices.amount > 0
        and coalesce(invoices.status, 'open') not in ('draft', 'void')
        and case
            when invoices.paid_on is null then coalesce(invoices.status, 'open') <> 'paid'
            else invoices.paid_on > days.as_of_date
        end
    group by days.as_of_date, invoices.account_id
),

failures as (
    select
        days.as_of_date,
        payments.account_id,
        count(*) filter (
            where payments.attempted_at >= days.cutoff_at - interval '30 days'
        ) as failed_payments_30d,
        count(*) as failed_payments_84d,
        max(payments.recorded_at) as newest_recorded_at
    from days
    inner join payments on {{ known_at('payments', 'days.cutoff_at') }}
    where
        payments.status = 'failed'
        and payments.attempted_at < days.cutoff_at
        and payments.attempted_at >= days.cutoff_at - interval '84 days'
    group by days.as_of_date, payments.account_id
)

select
    coalesce(overdue.as_of_date, failures.as_of_date) as as_of_date,
    coalesce(overdue.account_id, failures.account_id) as account_id,
    overdue.days_past_due,
    overdue.overdue_usd,
    failures.failed_payments_30d,
    failures.failed_payments_84d,
    greatest(overdue.newest_recorded_at, failures.newest_recorded_at) as newest_recorded_at
from overdue
full join failures
    on overdue.as_of_date = failures.as_of_date and overdue.account_id = failures.account_id
