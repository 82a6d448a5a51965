{{ config(indexes=[{'columns': ['owner_ref']}, {'columns': ['account_id']}], post_hook="analyze {{ this }}") }}

{# Whose a day of use is in the usage facts: the account that the name stood for on that very evening; before it was
   known at all, the first one that it came to stand for. What is learned later of other days changes nothing here.
   #}
{%- set known_until = end_of(usage_known_on()) %}

with identity as (
    select
        account_ref,
        account_id,
        known_from,
        coalesce(known_until, 'infinity') as known_until
    from {{ ref('int_account_identity') }}
),

names as (
    select
        'account:' || account_ref as owner_ref,
        account_ref,
        account_id,
        known_from
    from identity
    union all
    select
        'subscription:' || subscriptions.subscription_id as owner_ref,
        null as account_ref,
        identity.account_id,
        greatest(subscriptions.recorded_at, identity.known_from) as known_from
    from {{ ref('stg_billing__subscriptions') }} as subscriptions
    inner join identity
        on subscriptions.account_id = identity.account_ref
        and subscriptions.recorded_at < identity.known_until
        and (subscriptions.superseded_at is null or subscriptions.superseded_at > identity.known_from)
),

known as (
    select distinct on (owner_ref, known_from) *
    from names
    where known_from < {{ known_until }}
    order by owner_ref, known_from, account_id
)

select
    owner_ref,
    account_ref,
    account_id,
    min(known_from) over (partition by owner_ref) as first_known_from,
    case
        when row_number() over by_time = 1 then '-infinity'
        else known_from
    end as stands_from,
    coalesce(lead(known_from) over by_time, 'infinity') as stands_until
from known
window by_time as (partition by owner_ref order by known_from)
