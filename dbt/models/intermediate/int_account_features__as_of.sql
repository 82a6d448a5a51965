{{
    config(
        pre_hook="{{ room_for_a_first_build() }}",
        indexes=[{'columns': ['as_of_date', 'account_id']}],
        post_hook="analyze {{ this }}",
    )
}}

{# Features used in four weeks: of the run's day from its days, of the missing Sundays all at once, as
   int_account_users__sundays counts users. #}
with owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
    where as_of_date = {{ as_of() }}
),

run_day as (
    select
        {{ as_of() }} as as_of_date,
        owners.account_id,
        count(distinct features.feature) as features_used_28d
    from {{ ref('int_usage__features') }} as features
    inner join owners on features.owner_ref = owners.owner_ref
    where
        features.used_on > {{ as_of() }} - 28
        and features.used_on <= {{ as_of() }}
        and features.recorded_on <= {{ as_of() }}
    group by owners.account_id
),

sundays as (
    select
        min(as_of_date) - 28 as used_after,
        max(as_of_date) as last_on
    from {{ ref('int_days__to_build') }}
    where not is_run_day
),

weeks as (
    select
        owner_ref,
        feature,
        {{ week_of('used_on') }} as used_week,
        {{ week_of('min(recorded_on)') }} as known_week
    from {{ ref('int_usage__features') }}
    where
        used_on > (select sundays.used_after from sundays)
        and used_on <= (select sundays.last_on from sundays)
        and recorded_on <= (select sundays.last_on from sundays)
    group by owner_ref, feature, used_week
),

by_feature as (
    select
        owners.account_id,
        weeks.feature,
        range_agg({{ seen_in('weeks.used_week', 0, 4, 'known_week, owners.first_week', 'owners.gone_week') }}) as seen
    from weeks
    inner join {{ ref('int_usage_owners__weeks') }} as owners on weeks.owner_ref = owners.owner_ref
    group by owners.account_id, weeks.feature
),

steps as (
    select
        by_feature.account_id,
        step.week,
        step.change,
        false as is_asked_for
    from by_feature
    cross join lateral unnest(by_feature.seen) as seen (weeks)
    cross join lateral unnest(array[lower(seen.weeks), upper(seen.weeks)], array[1, -1]) as step (week, change)
    union all
    select
        account_id,
        week,
        0 as change,
        true as is_asked_for
    from {{ ref('int_usage_owners__weeks') }}
    cross join lateral generate_series(first_week, gone_week - 1) as weeks (week)
),

counted as (
    select
        account_id,
        week,
        bool_or(is_asked_for) as is_asked_for,
        sum(sum(change)) over (partition by account_id order by week) as features_used_28d
    from steps
    group by account_id, week
)

select
    as_of_date,
    account_id,
    features_used_28d
from run_day
union all
select
    date '1900-01-07' + week * 7 as as_of_date,
    account_id,
    features_used_28d
from counted
where is_asked_for and features_used_28d > 0
