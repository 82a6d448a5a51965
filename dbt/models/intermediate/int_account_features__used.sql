{{ config(post_hook="analyze {{ this }}") }}

{# Which features each account used in the four weeks to the run's day; int_account_features__as_of only counts them.
   From events where an account has any, else from its source's totals, as int_account_usage__as_of chooses. #}
with last_uses as (
    select * from {{ ref('int_account_last_use__as_of') }}
    where as_of_date = {{ as_of() }}
),

owners as (
    select
        owners.owner_ref,
        owners.account_ref,
        owners.account_id,
        last_uses.has_events
    from {{ ref('int_usage_owners__as_of') }} as owners
    inner join last_uses on owners.account_id = last_uses.account_id
    where owners.as_of_date = {{ as_of() }}
),

from_events as (
    select
        owners.account_id,
        features.feature
    from {{ ref('int_usage__features') }} as features
    inner join owners on features.owner_ref = owners.owner_ref
    where
        owners.has_events
        and features.used_on > {{ as_of() }} - 28
        and features.used_on <= {{ as_of() }}
        and features.recorded_on <= {{ as_of() }}
    group by owners.account_id, features.feature
),

newest_totals as (
    select distinct on (account_id, used_on, feature)
        account_id,
        feature,
        n_events
    from {{ ref('int_usage__totals') }}
    where
        feature <> 'all'
        and used_on > {{ as_of() }} - 28
        and used_on <= {{ as_of() }}
        and recorded_on <= {{ as_of() }}
    order by account_id, used_on, feature, recorded_at desc, source_name
),

from_totals as (
    select
        owners.account_id,
        totals.feature
    from newest_totals as totals
    inner join owners on totals.account_id = owners.account_ref
    where not owners.has_events and totals.n_events > 0
    group by owners.account_id, totals.feature
)

select * from from_events
union all
select * from from_totals
