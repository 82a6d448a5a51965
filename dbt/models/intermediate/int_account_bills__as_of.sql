{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

invoices as (
    select
        *,
        amount > 0 and coalesce(status, 'open') not in ('draft', 'void') as is_owed
    from {{ ref('stg_billing__invoices') }}
    where matters_until >= (select min(days.cutoff_at) from days)
),

payments as (
    select * from {{ ref('stg_billing__payments') }}
    where
        status in ('failed', 'refunded')
        and attempted_at >= (select min(days.cutoff_at) - interval '84 days' from days)
),

rates as (
    select * from {{ ref('int_fx_rates__as_of') }}
),

{# A payment that lies ahead is not seen. #}
billed as (
    select
        days.as_of_date,
        days.cutoff_at,
        invoices.account_id as account_ref,
        invoices.due_on,
        invoices.recorded_at,
        round(invoices.amount * rates.usd_per_unit, 2) as amount_usd,
        case
            when invoices.paid_on is null then coalesce(invoices.status, 'open') <> 'paid'
            else invoices.paid_on > days.as_of_date
        end as is_overdue,
        invoices.paid_on > invoices.due_on
        and invoices.paid_on <= days.as_of_date and invoices.paid_on > days.as_of_date - 365 as is_paid_late
    from days
    inner join invoices on {{ known_at('invoices', 'days.cutoff_at') }}
    left join rates on days.as_of_date = rates.as_of_date and invoices.currency = rates.currency
    where invoices.is_owed and invoices.due_on < days.as_of_date
),

owed as (
    select
        billed.as_of_date,
        identity.account_id,
        billed.as_of_date - min(billed.due_on) filter (where billed.is_overdue) as days_past_due,
        case
            when count(billed.amount_usd) filter (where billed.is_overdue) = count(*) filter (where billed.is_overdue)
                then sum(billed.amount_usd) filter (where billed.is_overdue)
        end as overdue_usd,
        count(*) filter (where billed.is_paid_late) as late_payments_365d,
        max(billed.recorded_at) as newest_recorded_at
    from billed
    inner join identity
        on billed.account_ref = identity.account_ref and {{ resolved_at('identity', 'billed.cutoff_at') }}
    where billed.is_overdue or billed.is_paid_late
    group by billed.as_of_date, identity.account_id
),

attempts as (
    select
        days.as_of_date,
        identity.account_id,
        count(*) filter (
            where payments.status = 'failed' and payments.attempted_at >= days.cutoff_at - interval '30 days'
        ) as failed_payments_30d,
        count(*) filter (where payments.status = 'failed') as failed_payments_84d,
        count(*) filter (where payments.status = 'refunded') as refunds_84d,
        max(payments.recorded_at) as newest_recorded_at
    from days
    inner join payments on {{ known_at('payments', 'days.cutoff_at') }}
    inner join identity
        on payments.account_id = identity.account_ref and {{ resolved_at('identity', 'days.cutoff_at') }}
    where
        payments.attempted_at < days.cutoff_at
        and payments.attempted_at >= days.cutoff_at - interval '84 days'
    group by days.as_of_date, identity.account_id
)

select
    coalesce(owed.as_of_date, attempts.as_of_date) as as_of_date,
    coalesce(owed.account_id, attempts.account_id) as account_id,
    owed.days_past_due,
    owed.overdue_usd,
    owed.late_payments_365d,
    attempts.failed_payments_30d,
    attempts.failed_payments_84d,
    attempts.refunds_84d,
    greatest(owed.newest_recorded_at, attempts.newest_recorded_at) as newest_recorded_at
from owed
full join attempts
    on owed.as_of_date = attempts.as_of_date and owed.account_id = attempts.account_id
