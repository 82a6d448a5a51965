{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{# Each day needs the state of its own evening, and that of 90 days before as it was known then. #}
with moments as (
    select
        days.as_of_date,
        lags.lag_days,
        days.as_of_date - lags.lag_days as state_on,
        days.cutoff_at - lags.lag_days * interval '1 day' as cutoff_at
    from {{ ref('int_days__to_build') }} as days
    cross join (values (0), (90)) as lags (lag_days)
),

versions as (
    select
        *,
        coalesce(
            ended_on,
            case when status = 'cancelled' then (recorded_at at time zone 'UTC')::date end
        ) as ends_on,
        coalesce(is_trial, false) or coalesce(status = 'trialing', false) as is_unpaid
    from {{ ref('stg_billing__subscriptions') }}
),

masked as (
    select
        moments.as_of_date,
        moments.lag_days,
        moments.state_on,
        versions.*,
        case when versions.notice_on <= moments.state_on then versions.notice_on end as notice_given_on,
        case
            when versions.ends_on <= moments.state_on or versions.notice_on <= moments.state_on
                then versions.ends_on
        end as known_end_on
    from moments
    inner join versions on {{ known_at('versions', 'moments.cutoff_at') }}
    where versions.started_on <= moments.state_on
)

select
    as_of_date,
    lag_days,
    subscription_id,
    account_id,
    plan,
    started_on,
    known_end_on,
    notice_given_on,
    term_ends_on,
    billing_period,
    seats,
    mrr,
    currency,
    discount_ratio,
    auto_renew,
    is_unpaid,
    known_end_on is null or known_end_on > state_on as is_running,
    recorded_at
from masked
