{# One row per window and paid subscription of its account, as known on the evening the window closes. An end or a
   notice after the last day of the window has not happened yet. Amounts are at the rate of the day that the window looks
   out from: a currency that moves is not a contraction. #}
with windows as (
    select * from {{ ref('int_label_windows__closed') }}
),

subscriptions as (
    select * from {{ ref('int_subscriptions__valued') }}
    where not is_unpaid
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

rates as (
    select * from {{ ref('int_fx_rates__dated') }}
),

known as (
    select
        windows.as_of_date,
        windows.account_id,
        windows.horizon,
        windows.closes_on,
        subscriptions.started_on,
        subscriptions.currency,
        case when subscriptions.pause_counts_on <= windows.closes_on then 0 else subscriptions.mrr end as mrr,
        case when subscriptions.notice_on <= windows.closes_on then subscriptions.notice_on end as notice_on,
        case when subscriptions.notice_on <= windows.closes_on then subscriptions.ends_on end as announced_end_on,
        case
            when least(subscriptions.ends_on, subscriptions.lapses_on) <= windows.closes_on
                then least(subscriptions.ends_on, subscriptions.lapses_on)
        end as ended_on
    from windows
    inner join identity
        on windows.account_id = identity.account_id
        and {{ resolved_at('identity', 'windows.cutoff_at') }}
    inner join subscriptions
        on identity.account_ref = subscriptions.account_id
        and windows.closes_on >= subscriptions.started_on
        and {{ known_at('subscriptions', 'windows.cutoff_at') }}
)

{# Who gave notice without a date stays a day longer than the window, who goes on one more. #}
select
    known.as_of_date,
    known.account_id,
    known.horizon,
    known.started_on,
    coalesce(
        known.ended_on,
        known.announced_end_on,
        case when known.notice_on is not null then known.closes_on + 1 else known.closes_on + 2 end
    ) as ends_on,
    least(known.notice_on, known.ended_on) as gone_on,
    coalesce(known.ended_on <= known.as_of_date, false) as was_over_before,
    known.ended_on is not null as is_over,
    round(known.mrr * rates.usd_per_unit, 2) as mrr_usd
from known
left join rates
    on known.currency = rates.currency
    and known.as_of_date >= rates.valid_from
    and (rates.valid_until is null or known.as_of_date < rates.valid_until)
