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
        coalesce(known_until_on, 'infinity'::date) as unknown_on
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
        versions.currency,
        versions.started_on,
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
)

select
    states.subscription_id,
    identity.account_id,
    states.currency,
    states.started_on,
    states.is_paused,
    states.mrr,
    greatest(states.from_on, identity.named_from_on) as from_on,
    least(states.until_on, identity.named_until_on) as until_on
from states
inner join identity on states.account_ref = identity.account_ref
where greatest(states.from_on, identity.named_from_on) < least(states.until_on, identity.named_until_on)
