with days as (
    select * from {{ ref('int_days__to_build') }}
),

started as (
    select
        (select min(tickets.recorded_at) from {{ ref('stg_support__tickets') }} as tickets) as tickets_at,
        (select min(payments.recorded_at) from {{ ref('stg_billing__payments') }} as payments) as payments_at,
        (select min(invoices.recorded_at) from {{ ref('stg_billing__invoices') }} as invoices) as invoices_at,
        (
            select min(interactions.recorded_at) from {{ ref('stg_crm__interactions') }} as interactions
        ) as interactions_at
)

select
    days.as_of_date,
    coalesce(days.cutoff_at > started.tickets_at, false) as has_tickets,
    coalesce(days.cutoff_at > started.payments_at, false) as has_payments,
    coalesce(days.cutoff_at > started.invoices_at, false) as has_invoices,
    coalesce(days.cutoff_at > started.interactions_at, false) as has_interactions
from days
cross join started
