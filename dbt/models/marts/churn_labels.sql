{{
    config(
        materialized='incremental',
        incremental_strategy='append',
    )
}}

{# A row appears once, when its window closes, with what was known that evening; so it never changes, in whatever
   order days are built. #}
with cohort as (
    select * from {{ ref('churn_features') }}
),

windows as (
    select
        days.as_of_date,
        horizons.horizon_days,
        days.as_of_date + horizons.horizon_days as last_day
    from (select distinct as_of_date from cohort) as days
    cross join (values (30), (60), (90)) as horizons (horizon_days)
    where
        days.as_of_date + horizons.horizon_days <= {{ as_of() }}
        {% if is_incremental() -%}
        and not exists (
            select 1 from {{ this }} as built
            where built.as_of_date = days.as_of_date and built.horizon_days = horizons.horizon_days
        )
        {%- endif %}
),

subscriptions as (
    select
        *,
        coalesce(ended_on, case when status = 'cancelled' then (recorded_at at time zone 'UTC')::date end) as ends_on
    from {{ ref('stg_billing__subscriptions') }}
    where not coalesce(is_trial, false) and coalesce(status, '') <> 'trialing'
),

departures as (
    select * from {{ ref('stg_billing__churn_events') }}
),

known as (
    select
        windows.as_of_date,
        windows.horizon_days,
        windows.last_day,
        cohort.account_id,
        subscriptions.started_on,
        case
            when subscriptions.ends_on <= windows.last_day or subscriptions.notice_on <= windows.last_day
                then coalesce(subscriptions.ends_on, windows.last_day + 1)
            else windows.last_day + 2
        end as ends_on,
        least(
            case when subscriptions.notice_on <= windows.last_day then subscriptions.notice_on end,
            case when subscriptions.ends_on <= windows.last_day then subscriptions.ends_on end
        ) as gone_on
    from windows
    inner join cohort on windows.as_of_date = cohort.as_of_date
    inner join subscriptions
        on cohort.account_id = subscriptions.account_id
        and windows.last_day >= subscriptions.started_on
        and {{ known_at('subscriptions', "((windows.last_day + 1)::timestamp at time zone 'UTC')") }}
    where subscriptions.ends_on is null or subscriptions.ends_on > windows.as_of_date
),

{# A subscription that starts no later than all before it end is the same stay; only the first stay counts. #}
stays as (
    select
        *,
        coalesce(
            started_on > max(ends_on) over (in_order rows between unbounded preceding and 1 preceding), false
        ) as is_return
    from known
    window in_order as (partition by as_of_date, horizon_days, account_id order by started_on, ends_on)
),

first_stays as (
    select
        *,
        bool_or(is_return) over (
            partition by as_of_date, horizon_days, account_id order by started_on, ends_on
        ) as is_later_stay
    from stays
),

billed as (
    select
        as_of_date,
        account_id,
        horizon_days,
        case when count(gone_on) = count(*) then max(gone_on) end as gone_on
    from first_stays
    where not is_later_stay
    group by as_of_date, account_id, horizon_days
),

{# A departure that the company recorded counts too, whatever billing still shows; a contraction is none. #}
recorded as (
    select
        windows.as_of_date,
        departures.account_id,
        windows.horizon_days,
        min(departures.churned_on) as gone_on
    from windows
    inner join departures
        on windows.as_of_date < departures.churned_on
        and windows.last_day >= departures.churned_on
        and {{ known_at('departures', "((windows.last_day + 1)::timestamp at time zone 'UTC')") }}
    where coalesce(departures.kind, 'voluntary') <> 'contraction'
    group by windows.as_of_date, departures.account_id, windows.horizon_days
),

labelled as (
    select
        billed.as_of_date,
        billed.account_id,
        billed.horizon_days,
        least(billed.gone_on, recorded.gone_on) as event_on
    from billed
    left join recorded
        on billed.as_of_date = recorded.as_of_date
        and billed.account_id = recorded.account_id
        and billed.horizon_days = recorded.horizon_days
)

select
    as_of_date,
    account_id,
    horizon_days,
    event_on is not null as is_churned,
    event_on,
    true as is_matured
from labelled
where event_on is null or event_on > as_of_date
