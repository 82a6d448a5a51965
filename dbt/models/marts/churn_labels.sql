{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['closes_on']}],
        pre_hook=[
            "set local enable_nestloop = on",
            "{{ delete_days('closes_on', ref('int_label_days__to_build')) }}",
        ],
    )
}}

{# A row is written when its window closes, with what was known that evening: a pure function of that day, in whatever
   order days are built. #}
with windows as (
    select * from {{ ref('int_label_windows__closed') }}
),

subscriptions as (
    select * from {{ ref('int_label_subscriptions__known') }}
),

{# A subscription that starts no later than all before it end is the same stay; only the first stay counts. #}
stays as (
    select
        *,
        coalesce(
            started_on > max(ends_on) over (in_order rows between unbounded preceding and 1 preceding), false
        ) as is_return
    from subscriptions
    where not was_over_before
    window in_order as (partition by as_of_date, horizon, account_id order by started_on, ends_on)
),

first_stays as (
    select
        *,
        bool_or(is_return) over (
            partition by as_of_date, horizon, account_id order by started_on, ends_on
        ) as is_later_stay
    from stays
),

billed as (
    select
        as_of_date,
        account_id,
        horizon,
        case when count(gone_on) = count(*) then max(gone_on) end as gone_on
    from first_stays
    where not is_later_stay
    group by as_of_date, account_id, horizon
),

{# A departure that the company recorded counts too, whatever billing still shows; a contraction is none. #}
recorded as (
    select
        windows.as_of_date,
        windows.account_id,
        windows.horizon,
        min(departures.churned_on) as gone_on
    from windows
    inner join {{ ref('int_account_identity') }} as identity
        on windows.account_id = identity.account_id
        and {{ resolved_at('identity', 'windows.cutoff_at') }}
    inner join {{ ref('stg_billing__churn_events') }} as departures
        on identity.account_ref = departures.account_id
        and windows.as_of_date < departures.churned_on
        and windows.closes_on >= departures.churned_on
        and {{ known_at('departures', 'windows.cutoff_at') }}
    where coalesce(departures.kind, 'voluntary') <> 'contraction'
    group by windows.as_of_date, windows.account_id, windows.horizon
),

{# What billing still knew of the account that evening. Nothing at all means that it was merged or deleted. #}
amounts as (
    select
        as_of_date,
        account_id,
        horizon,
        bool_and(was_over_before) as was_gone_before,
        case
            when count(*) filter (where not is_over and mrr_usd is null) = 0
                then coalesce(sum(mrr_usd) filter (where not is_over), 0)
        end as mrr_at_end_usd
    from subscriptions
    group by as_of_date, account_id, horizon
),

labelled as (
    select
        windows.*,
        amounts.mrr_at_end_usd,
        least(billed.gone_on, recorded.gone_on) as event_on,
        amounts.account_id is null and recorded.gone_on is null as is_censored,
        coalesce(amounts.was_gone_before, false) as was_gone_before
    from windows
    left join amounts
        on windows.as_of_date = amounts.as_of_date
        and windows.account_id = amounts.account_id and windows.horizon = amounts.horizon
    left join billed
        on windows.as_of_date = billed.as_of_date
        and windows.account_id = billed.account_id and windows.horizon = billed.horizon
    left join recorded
        on windows.as_of_date = recorded.as_of_date
        and windows.account_id = recorded.account_id and windows.horizon = recorded.horizon
)

select
    as_of_date,
    account_id,
    horizon,
    horizon_days,
    {{ var('label_gap_days') }} as gap_days,
    closes_on,
    case when not is_censored then event_on is not null end as is_churned,
    event_on,
    case when not is_censored and event_on is null then mrr_at_end_usd < mrr_usd end as is_contracted,
    case when not is_censored and event_on is null then greatest(mrr_usd - mrr_at_end_usd, 0) end as contraction_usd,
    is_censored,
    true as is_matured
from labelled
where
    not was_gone_before
    and (event_on is null or event_on > as_of_date + {{ var('label_gap_days') }})
