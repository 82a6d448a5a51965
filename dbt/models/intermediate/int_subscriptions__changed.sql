{# Changes of plan, ends of terms and returns that had happened by each day, counted over every version known then. #}
with days as (
    select * from {{ ref('int_days__to_build') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

versions as (
    select
        account_id as account_ref,
        subscription_id,
        plan,
        term_ends_on,
        recorded_at,
        greatest(known_from_on, started_on) as changed_on,
        lag(plan) over (partition by account_id order by recorded_at, started_on, subscription_id) as plan_before
    from {{ ref('int_subscriptions__valued') }}
    where not is_unpaid
),

counted as (
    select
        days.as_of_date,
        identity.account_id,
        count(*) filter (
            where versions.plan <> versions.plan_before
            and versions.changed_on > days.as_of_date - 90 and versions.changed_on <= days.as_of_date
        ) as plan_changes_90d,
        count(distinct versions.term_ends_on) filter (
            where versions.term_ends_on <= days.as_of_date
        ) as renewals_so_far,
        max(versions.term_ends_on) filter (where versions.term_ends_on <= days.as_of_date) as last_renewed_on
    from days
    inner join versions on days.cutoff_at > versions.recorded_at
    inner join identity
        on versions.account_ref = identity.account_ref and {{ resolved_at('identity', 'days.cutoff_at') }}
    group by days.as_of_date, identity.account_id
),

returned as (
    select
        days.as_of_date,
        returns.account_id,
        count(*) as reactivations_so_far
    from days
    inner join {{ ref('int_accounts__returned') }} as returns on days.as_of_date >= returns.returned_on
    group by days.as_of_date, returns.account_id
)

select
    counted.*,
    coalesce(returned.reactivations_so_far, 0) as reactivations_so_far
from counted
left join returned
    on counted.as_of_date = returned.as_of_date and counted.account_id = returned.account_id
