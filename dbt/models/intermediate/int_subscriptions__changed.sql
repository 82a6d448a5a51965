{# Changes of plan and ends of terms that had happened by each day, counted over every version known then. #}
with days as (
    select * from {{ ref('int_days__to_build') }}
),

versions as (
    select
        account_id,
        subscription_id,
        plan,
        term_ends_on,
        recorded_at,
        greatest((recorded_at at time zone 'UTC')::date, started_on) as changed_on,
        lag(plan) over (partition by account_id order by recorded_at, started_on, subscription_id) as plan_before
    from {{ ref('stg_billing__subscriptions') }}
    where not coalesce(is_trial, false) and coalesce(status, '') <> 'trialing'
),

counted as (
    select
        days.as_of_date,
        versions.account_id,
        count(*) filter (
            where versions.plan <> versions.plan_before
            and versions.changed_on > days.as_of_date - 90 and versions.changed_on <= days.as_of_date
        ) as plan_changes_90d,
        count(distinct versions.term_ends_on) filter (
            where versions.term_ends_on <= days.as_of_date
        ) as renewals_so_far
    from days
    inner join versions on days.cutoff_at > versions.recorded_at
    group by days.as_of_date, versions.account_id
)

select * from counted
