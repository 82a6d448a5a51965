{# The departure that the company recorded nearest to a loss, as it was known on the evening of the booking. #}
with losses as (
    select
        as_of_date,
        (as_of_date + 1)::timestamp at time zone 'UTC' as cutoff_at,
        account_id,
        min(effective_on) as effective_on
    from {{ ref('int_mrr_lines__booked') }}
    where kind = 'change' and mrr_after < mrr_before
    group by as_of_date, account_id
),

ranked as (
    select
        losses.as_of_date,
        losses.account_id,
        departures.kind,
        departures.reason,
        row_number() over (
            partition by losses.as_of_date, losses.account_id
            order by abs(departures.churned_on - losses.effective_on), departures.churn_event_id
        ) as nearness
    from losses
    inner join {{ ref('int_account_identity') }} as identity
        on losses.account_id = identity.account_id and {{ resolved_at('identity', 'losses.cutoff_at') }}
    inner join {{ ref('stg_billing__churn_events') }} as departures
        on identity.account_ref = departures.account_id and {{ known_at('departures', 'losses.cutoff_at') }}
    where abs(departures.churned_on - losses.effective_on) <= {{ var('departure_match_days') }}
)

select
    as_of_date,
    account_id,
    kind,
    reason
from ranked
where nearness = 1
