{# One row per stretch of booked evenings on which a version recorded later says that a subscription ran or did
   not run. A price counts from the day on which it is recorded, and one that runs again has returned: neither corrects. #}
with learned as (
    select
        days.as_of_date as known_on,
        days.cutoff_at,
        newest.subscription_id,
        newest.account_id as account_ref,
        newest.currency,
        newest.mrr,
        newest.started_on,
        least(newest.ends_on, newest.lapses_on, days.as_of_date) as stops_on,
        previous.subscription_id is not null as is_corrected,
        previous.started_on as old_started_on,
        least(previous.ends_on, previous.lapses_on, days.as_of_date) as old_stops_on
    from {{ ref('int_mrr_days__to_build') }} as days
    inner join {{ ref('int_subscriptions__valued') }} as newest
        on days.as_of_date = newest.known_from_on and {{ known_at('newest', 'days.cutoff_at') }}
    left join {{ ref('int_subscriptions__valued') }} as previous
        on newest.subscription_id = previous.subscription_id
        and {{ known_at('previous', "(days.cutoff_at - interval '1 day')") }}
    where not newest.is_unpaid and not coalesce(previous.is_unpaid, false)
),

stretches as (
    select
        learned.known_on,
        learned.cutoff_at,
        learned.subscription_id,
        learned.account_ref,
        learned.currency,
        learned.mrr,
        stretch.cause,
        stretch.ran_before,
        stretch.from_on,
        stretch.until_on
    from learned
    cross join lateral (
        values
        ('started before it was known', false, not is_corrected, started_on, stops_on),
        ('started earlier than was known', false, is_corrected, started_on, old_started_on),
        ('started later than was known', true, is_corrected, old_started_on, started_on),
        ('ended before it was known', true, is_corrected, stops_on, old_stops_on)
    ) as stretch (cause, ran_before, applies, from_on, until_on)
    where stretch.applies
),

began as (
    select (min(earliest_recorded_at) at time zone 'UTC')::date as first_on
    from {{ ref('stg_batches') }}
    where table_name = 'subscriptions'
)

select
    stretches.known_on,
    identity.account_id,
    stretches.subscription_id,
    stretches.currency,
    stretches.mrr,
    stretches.cause,
    stretches.ran_before,
    greatest(stretches.from_on, began.first_on) as from_on,
    least(stretches.until_on, stretches.known_on) as until_on
from stretches
cross join began
inner join {{ ref('int_account_identity') }} as identity
    on stretches.account_ref = identity.account_ref and {{ resolved_at('identity', 'stretches.cutoff_at') }}
where greatest(stretches.from_on, began.first_on) < least(stretches.until_on, stretches.known_on)
