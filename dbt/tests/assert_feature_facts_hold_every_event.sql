{{ config(tags=['reconciliation']) }}

with known as (
    select sum(features.n_events) as events
    from {{ ref('int_usage__features') }} as features
    inner join {{ ref('int_usage_owners__known') }} as owners
        on features.owner_ref = owners.owner_ref
        and {{ end_of('features.used_on') }} > owners.stands_from
        and {{ end_of('features.used_on') }} <= owners.stands_until
    where
        features.used_on = {{ as_of() }}
        and features.recorded_on <= (select max(built.known_on) from {{ ref('usage_facts_built') }} as built)
        and {{ in_restatement_window('features') }}
),

facts as (
    select
        sum(events) as events,
        count(*) as n_rows
    from {{ ref('fct_feature_usage_daily') }}
    where used_on = {{ as_of() }}
)

select *
from known
cross join facts
where abs(coalesce(known.events, 0) - coalesce(facts.events, 0)) > facts.n_rows * 0.5
