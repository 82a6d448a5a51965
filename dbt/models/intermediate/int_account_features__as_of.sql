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

used as (
    select
        days.as_of_date,
        features.account_id,
        features.feature
    from days
    cross join lateral (
        select
            owners.account_id,
            daily.member as feature
        from daily
        inner join owners on daily.owner_ref = owners.owner_ref
        where
            daily.member_kind = 'feature'
            and daily.used_on > days.as_of_date - 28
            and daily.used_on <= days.as_of_date
            and daily.recorded_on <= days.as_of_date
            and owners.as_of_date = days.as_of_date
        group by owners.account_id, daily.member
    ) as features
),

counted as (
    select
        as_of_date,
        account_id,
        count(*) as features_used_28d
    from used
    group by as_of_date, account_id
)

select * from counted
