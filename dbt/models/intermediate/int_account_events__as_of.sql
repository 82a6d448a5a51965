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

{# Day by day, so that what a first run over many weeks keeps in memory is no more than one of them. #}
users as (
    select
        days.as_of_date,
        user_windows.*
    from days
    cross join lateral (
        select
            owners.account_id,
            daily.member,
            max(daily.used_on) as last_used_on,
            bool_or(
                daily.used_on > days.as_of_date - 56 and daily.used_on <= days.as_of_date - 28
            ) as was_active,
            sum(daily.n_events) filter (where daily.used_on > days.as_of_date - 7) as events_7d,
            sum(daily.n_events) filter (where daily.used_on > days.as_of_date - 28) as events_28d,
            sum(daily.n_events) filter (
                where daily.used_on > days.as_of_date - 56 and daily.used_on <= days.as_of_date - 28
            ) as events_prior_28d,
            sum(daily.n_events) as events_84d,
            max(daily.newest_recorded_at) as newest_recorded_at
        from daily
        inner join owners on daily.owner_ref = owners.owner_ref
        where
            daily.member_kind = 'user'
            and daily.used_on > days.as_of_date - 84
            and daily.used_on <= days.as_of_date
            and daily.recorded_on <= days.as_of_date
            and owners.as_of_date = days.as_of_date
        group by owners.account_id, daily.member
    ) as user_windows
),

{# What names no user has an empty member: it counts as use, and not as a user. #}
summed as (
    select
        as_of_date,
        account_id,
        count(member) as users_84d,
        count(member) filter (where last_used_on > as_of_date - 60) as users_60d,
        count(member) filter (where last_used_on > as_of_date - 28) as users_28d,
        count(member) filter (where last_used_on > as_of_date - 7) as users_7d,
        count(member) filter (where was_active) as users_prior_28d,
        coalesce(sum(events_7d), 0) as events_7d,
        coalesce(sum(events_28d), 0) as events_28d,
        coalesce(sum(events_prior_28d), 0) as events_prior_28d,
        sum(events_84d) as events_84d,
        max(newest_recorded_at) as newest_recorded_at
    from users
    group by as_of_date, account_id
)

select * from summed
