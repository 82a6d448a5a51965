{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{# Each day needs the state of its own evening, and those of 90 and 365 days before as they were known then. #}
with moments as (
    select
        days.as_of_date,
        days.cutoff_at as day_cutoff_at,
        lags.lag_days,
        days.as_of_date - lags.lag_days as state_on,
        days.cutoff_at - lags.lag_days * interval '1 day' as cutoff_at
    from {{ ref('int_days__to_build') }} as days
    cross join (values (0), (90), (365)) as lags (lag_days)
),

versions as (
    select
        *,
        {{ first_recorded_at() }} as first_recorded_at
    from {{ ref('int_subscriptions__valued') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

masked as (
    select
        moments.as_of_date,
        moments.day_cutoff_at,
        moments.lag_days,
        moments.state_on,
        versions.*,
        case when versions.notice_on <= moments.state_on then versions.notice_on end as notice_given_on,
        least(
            case
                when versions.ends_on <= moments.state_on or versions.notice_on <= moments.state_on
                    then versions.ends_on
            end,
            case when versions.lapses_on <= moments.state_on then versions.lapses_on end
        ) as known_end_on
    from moments
    inner join versions on {{ known_at('versions', 'moments.cutoff_at') }}
    where versions.started_on <= moments.state_on
),

{# The account is the one that the reference stands for on the day itself: growth is compared within one account. #}
standing as (
    select
        masked.as_of_date,
        masked.lag_days,
        masked.subscription_id,
        identity.account_id,
        masked.plan,
        masked.started_on,
        masked.known_end_on,
        masked.notice_given_on,
        masked.term_ends_on,
        masked.billing_period,
        masked.seats,
        case when masked.pause_counts_on <= masked.state_on then 0 else masked.mrr end as mrr,
        masked.currency,
        masked.discount_ratio,
        masked.auto_renew,
        masked.is_unpaid,
        masked.known_end_on is null or masked.known_end_on > masked.state_on as is_running,
        coalesce(masked.status = 'paused', false) as is_paused,
        coalesce(masked.status = 'past_due', false) as is_past_due,
        masked.recorded_at,
        masked.first_recorded_at
    from masked
    inner join identity
        on masked.account_id = identity.account_ref
        and {{ resolved_at('identity', 'masked.day_cutoff_at') }}
),

claiming as (
    select
        *,
        case when is_running and not is_unpaid then {{ claim() }} end as claim
    from standing
),

decided as (
    select
        *,
        {{ set_aside_for('claiming') }} as set_aside_for
    from claiming
)

{# One that another keeps out of the books is still a contract; it only counts for nothing. #}
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
    case when set_aside_for is null then mrr else 0 end as mrr,
    set_aside_for,
    case when set_aside_for is not null then mrr end as mrr_set_aside,
    currency,
    discount_ratio,
    auto_renew,
    is_unpaid,
    is_running,
    is_paused,
    is_past_due,
    recorded_at
from decided
