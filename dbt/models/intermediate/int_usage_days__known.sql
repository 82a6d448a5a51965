{{
    config(
        pre_hook="set local enable_nestloop = on",
        indexes=[{'columns': ['account_id', 'used_on']}],
        post_hook="analyze {{ this }}",
    )
}}

{# Of each touched day of use, what was known of it after each day on which something was recorded. Built from when
   things happened and when they were recorded alone, so the order in which they were landed does not matter. #}
{%- set known_on = usage_known_on() %}

with touched as (
    select
        days.account_id,
        days.used_on,
        owners.owner_ref,
        owners.account_ref
    from {{ ref('int_usage_days__touched') }} as days
    inner join {{ ref('int_usage_owners__known') }} as owners
        on days.account_id = owners.account_id
        and {{ end_of('days.used_on') }} > owners.stands_from
        and {{ end_of('days.used_on') }} <= owners.stands_until
),

events as (
    select
        touched.account_id,
        daily.used_on,
        daily.recorded_on,
        daily.user_id,
        daily.n_events,
        daily.n_rows,
        daily.n_logins
    from touched
    inner join {{ ref('int_usage__daily') }} as daily
        on touched.owner_ref = daily.owner_ref and touched.used_on = daily.used_on
    where daily.recorded_on <= {{ known_on }}
),

first_known as (
    select
        account_id,
        used_on,
        user_id,
        min(recorded_on) as recorded_on
    from events
    where user_id is not null
    group by account_id, used_on, user_id
),

new_users as (
    select
        account_id,
        used_on,
        recorded_on,
        count(*) as n_users
    from first_known
    group by account_id, used_on, recorded_on
),

by_recorded_day as (
    select
        account_id,
        used_on,
        recorded_on,
        sum(n_events) as n_events,
        sum(n_rows) as n_rows,
        sum(n_logins) as n_logins
    from events
    group by account_id, used_on, recorded_on
),

from_events as (
    select
        days.account_id,
        days.used_on,
        days.recorded_on,
        days.n_rows,
        sum(days.n_events) over so_far as events,
        {# A day that names no user does not say how many there were; one without a login not how many sessions. #}
        nullif(coalesce(sum(new_users.n_users) over so_far, 0), 0) as active_users,
        nullif(sum(days.n_logins) over so_far, 0) as sessions
    from by_recorded_day as days
    left join new_users
        on days.account_id = new_users.account_id
        and days.used_on = new_users.used_on
        and days.recorded_on = new_users.recorded_on
    window so_far as (partition by days.account_id, days.used_on order by days.recorded_on)
),

totals as (
    select
        touched.account_id,
        totals.used_on,
        totals.recorded_on,
        totals.feature,
        totals.n_events,
        totals.active_users,
        lead(totals.recorded_on) over (
            partition by totals.account_id, totals.used_on, totals.feature
            order by totals.recorded_at, totals.source_name desc
        ) as superseded_on
    from touched
    inner join {{ ref('int_usage__totals') }} as totals
        on touched.account_ref = totals.account_id and touched.used_on = totals.used_on
    where
        totals.recorded_on <= {{ known_on }}
        and (totals.n_events is not null or totals.active_users is not null)
),

recorded_days as (
    select
        account_id,
        used_on,
        recorded_on,
        count(*) as n_rows
    from totals
    group by account_id, used_on, recorded_on
),

from_totals as (
    select
        days.account_id,
        days.used_on,
        days.recorded_on,
        days.n_rows,
        coalesce(sum(totals.n_events) filter (where totals.feature = 'all'), sum(totals.n_events)) as events,
        coalesce(
            max(totals.active_users) filter (where totals.feature = 'all'), max(totals.active_users)
        ) as active_users,
        null::numeric as sessions
    from recorded_days as days
    inner join totals
        on days.account_id = totals.account_id
        and days.used_on = totals.used_on
        and days.recorded_on >= totals.recorded_on
        and (totals.superseded_on is null or days.recorded_on < totals.superseded_on)
    group by days.account_id, days.used_on, days.recorded_on, days.n_rows
)

{# A source's own totals count only on days of which no event is known. #}
select
    *,
    'events' as known_from
from from_events
union all
select
    *,
    'totals' as known_from
from from_totals
where not exists (
    select 1 from by_recorded_day
    where by_recorded_day.account_id = from_totals.account_id and by_recorded_day.used_on = from_totals.used_on
)
