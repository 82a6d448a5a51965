{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

daily as (
    select * from {{ ref('int_usage__daily') }}
),

owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
),

{#- One row per member (a user, or a feature) of an account, with what it did in each window: the facts are read once. -#}
members as (
    select
        days.as_of_date,
        owners.account_id,
        daily.member_kind,
        daily.member,
        max(daily.used_on) as last_used_on,
        bool_or(daily.used_on <= days.as_of_date - 28 and daily.used_on > days.as_of_date - 56) as was_active,
        sum(daily.n_events) filter (where daily.used_on > days.as_of_date - 7) as events_7d,
        sum(daily.n_events) filter (where daily.used_on > days.as_of_date - 28) as events_28d,
        sum(daily.n_events) filter (
            where daily.used_on <= days.as_of_date - 28 and daily.used_on > days.as_of_date - 56
        ) as events_prior_28d,
        sum(daily.n_events) as events_84d,
        max(daily.newest_recorded_at) as newest_recorded_at
    from days
    inner join daily
        on days.as_of_date >= daily.used_on
        and days.as_of_date - 84 < daily.used_on
        and days.as_of_date >= daily.recorded_on
    inner join owners
        on days.as_of_date = owners.as_of_date and daily.owner_ref = owners.owner_ref
    group by days.as_of_date, owners.account_id, daily.member_kind, daily.member
),

summed as (
    select
        as_of_date,
        account_id,
        count(member) filter (where member_kind = 'user') as users_84d,
        count(member) filter (where member_kind = 'user' and last_used_on > as_of_date - 60) as users_60d,
        count(member) filter (where member_kind = 'user' and last_used_on > as_of_date - 28) as users_28d,
        count(member) filter (where member_kind = 'user' and last_used_on > as_of_date - 7) as users_7d,
        count(member) filter (where member_kind = 'user' and was_active) as users_prior_28d,
        count(member) filter (where member_kind = 'feature' and last_used_on > as_of_date - 28) as features_used_28d,
        count(member) filter (where member_kind = 'feature') as features_used_84d,
        coalesce(sum(events_7d) filter (where member_kind = 'user'), 0) as events_7d,
        coalesce(sum(events_28d) filter (where member_kind = 'user'), 0) as events_28d,
        coalesce(sum(events_prior_28d) filter (where member_kind = 'user'), 0) as events_prior_28d,
        coalesce(sum(events_84d) filter (where member_kind = 'user'), 0) as events_84d,
        max(newest_recorded_at) as newest_recorded_at
    from members
    group by as_of_date, account_id
)

select * from summed
