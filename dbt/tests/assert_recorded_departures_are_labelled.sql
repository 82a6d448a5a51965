{{ config(tags=['reconciliation']) }}

{# Of the windows that closed on this day: a departure that the company itself recorded by then is a departure. #}
select
    labels.as_of_date,
    labels.account_id,
    labels.horizon_days,
    departures.churned_on
from {{ ref('churn_labels') }} as labels
inner join {{ ref('stg_billing__churn_events') }} as departures
    on labels.account_id = departures.account_id
    and labels.as_of_date < departures.churned_on
    and labels.as_of_date + labels.horizon_days >= departures.churned_on
    and {{ known_at('departures', cutoff()) }}
where
    labels.as_of_date in ({{ as_of() }} - 30, {{ as_of() }} - 60, {{ as_of() }} - 90)
    and labels.as_of_date + labels.horizon_days = {{ as_of() }}
    and coalesce(departures.kind, 'voluntary') <> 'contraction'
    and not labels.is_churned
