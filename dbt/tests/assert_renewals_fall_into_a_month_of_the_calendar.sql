{{ config(tags=['reconciliation']) }}

select
    renewals.account_id,
    renewals.renewal_on,
    calendar.date_day
from {{ ref('mart_renewal_risk') }} as renewals
left join {{ ref('dim_calendar') }} as calendar on renewals.renewal_on = calendar.date_day
where
    renewals.as_of_date = {{ as_of() }}
    and (calendar.date_day is null or calendar.month_start_on <> renewals.renewal_month_on)
