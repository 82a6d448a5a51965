{{
    config(
        indexes=[{'columns': ['account_id']}, {'columns': ['from_on']}, {'columns': ['until_on']}],
        post_hook="analyze {{ this }}",
    )
}}

{# The books' view of every subscription: from which evening until which it had this MRR in this account, as it was
   known on each of those evenings. `until_on` is the first evening on which it no longer holds; infinity while it does. #}
with versions as (
    select
        *,
        least(ends_on, lapses_on) as stops_on,
        coalesce(known_until_on, 'infinity'::date) as unknown_on,
        {{ first_recorded_at() }} as first_recorded_at
    from {{ ref('int_subscriptions__valued') }}
    where not is_unpaid
),

identity as (
    select
        account_ref,
        account_id,
        (known_from at time zone 'UTC')::date as named_from_on,
        coalesce((known_until at time zone 'UTC')::date, 'infinity'::date) as named_until_on
    from {{ ref('int_account_identity') }}
),

{# A paused one is still there when its revenue is no longer counted. #}
states as (
    select
        versions.subscription_id,
        versions.account_id as account_ref,
        versions.plan,
        versions.currency,
        versions.started_on,
        versions.first_recorded_at,
        coalesce(versions.status = 'paused', false) as is_paused,
        state.mrr,
        greatest(versions.known_from_on, versions.started_on, state.from_on) as from_on,
        least(versions.unknown_on, versions.stops_on, state.until_on) as until_on
    from versions
    cross join lateral (
        values
        (versions.mrr, '-infinity'::date, versions.pause_counts_on),
        (0, coalesce(versions.pause_counts_on, 'infinity'::date), null)
    ) as state (mrr, from_on, until_on)
),

named as (
    select
        states.subscription_id,
        identity.account_id,
        states.plan,
        states.currency,
        states.started_on,
        states.first_recorded_at,
        states.is_paused,
        states.mrr,
        greatest(states.from_on, identity.named_from_on) as from_on,
        least(states.until_on, identity.named_until_on) as until_on
    from states
    inner join identity on states.account_ref = identity.account_ref
    where greatest(states.from_on, identity.named_from_on) < least(states.until_on, identity.named_until_on)
),

claiming as (
    select
        *,
        row_number() over () as span_number,
        {{ claim() }} as claim
    from named
),

{# The evenings of a span on which the books also hold a contract that came first and claims the same place. #}
set_aside as (
    select
        later.span_number,
        range_agg(
            daterange(greatest(later.from_on, earlier.from_on), least(later.until_on, earlier.until_on))
        ) as evenings
    from claiming as later
    inner join claiming as earlier
        on later.claim = earlier.claim
        and ({{ seniority('later') }}) > ({{ seniority('earlier') }})
        and later.from_on < earlier.until_on and later.until_on > earlier.from_on
    group by later.span_number
),

parts as (
    select
        claiming.*,
        part.is_set_aside,
        part.evenings
    from claiming
    left join set_aside on claiming.span_number = set_aside.span_number
    cross join lateral (
        select
            true as is_set_aside,
            unnest(set_aside.evenings) as evenings
        union all
        select
            false as is_set_aside,
            unnest(
                datemultirange(daterange(claiming.from_on, claiming.until_on))
                - coalesce(set_aside.evenings, '{}'::datemultirange)
            ) as evenings
    ) as part
)

select
    subscription_id,
    account_id,
    currency,
    started_on,
    is_paused,
    case when is_set_aside then 0 else mrr end as mrr,
    case when is_set_aside then mrr end as mrr_set_aside,
    is_set_aside,
    lower(evenings) as from_on,
    upper(evenings) as until_on
from parts
