{{ config(tags=['reconciliation']) }}

{# Of the week before, account by account: the fact holds every event that an account can be named for, and no other. #}
with known as (
    select
        owners.account_id,
        daily.used_on,
        round(sum(daily.n_events)) as events
    from {{ ref('int_usage__daily') }} as daily
    inner join {{ ref('int_usage_owners__known') }} as owners
        on daily.owner_ref = owners.owner_ref
        and {{ end_of('daily.used_on') }} > owners.stands_from
        and {{ end_of('daily.used_on') }} <= owners.stands_until
    where
        daily.used_on > {{ as_of() }} - 7
        and daily.used_on <= {{ as_of() }}
        and daily.recorded_on <= (select max(built.known_on) from {{ ref('usage_facts_built') }} as built)
        and {{ in_restatement_window('daily') }}
    group by owners.account_id, daily.used_on
),

facts as (
    select
        account_id,
        used_on,
        events
    from {{ ref('fct_usage_daily') }}
    where used_on > {{ as_of() }} - 7 and used_on <= {{ as_of() }} and known_from = 'events'
)

select *
from known
full join facts on known.account_id = facts.account_id and known.used_on = facts.used_on
where known.events is distinct from facts.events
