{{ config(tags=['reconciliation']) }}

{# Of the windows that closed on this day: a departure that the company itself recorded by then is a departure. #}
select
    labels.as_of_date,
    labels.account_id,
    labels.horizon,
    departures.churned_on
from {{ ref('churn_labels') }} as labels
inner join {{ ref('stg_billing__churn_events') }} as departures
    on labels.account_id = departures.account_id
    and labels.as_of_date < departures.churned_on
    and labels.closes_on >= departures.churned_on
    and {{ known_at('departures', cutoff()) }}
where
    labels.closes_on = {{ as_of() }}
    and coalesce(departures.kind, 'voluntary') <> 'contraction'
    and labels.is_churned is distinct from true
