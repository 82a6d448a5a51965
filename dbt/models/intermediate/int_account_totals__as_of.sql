{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

totals as (
    select * from {{ ref('int_usage__totals') }}
),

known as (
    select distinct on (days.as_of_date, totals.account_id, totals.used_on, totals.feature)
        days.as_of_date,
        totals.*
    from days
    inner join totals
        on days.as_of_date >= totals.used_on
        and days.as_of_date - 84 < totals.used_on
        and days.as_of_date >= totals.recorded_on
    order by
        days.as_of_date, totals.account_id, totals.used_on, totals.feature,
        totals.recorded_at desc, totals.source_name
),

{# The whole product's row where the source gives one; else its features together, whose users overlap. #}
by_day as (
    select
        as_of_date,
        account_id,
        used_on,
        coalesce(sum(n_events) filter (where feature = 'all'), sum(n_events)) as n_events,
        coalesce(max(active_users) filter (where feature = 'all'), max(active_users)) as active_users,
        coalesce(max(active_clients) filter (where feature = 'all'), max(active_clients)) as active_clients,
        coalesce(max(total_clients) filter (where feature = 'all'), max(total_clients)) as total_clients,
        sum(forms_sent) as forms_sent,
        sum(forms_completed) as forms_completed,
        sum(journeys_sent) as journeys_sent,
        sum(journeys_opened) as journeys_opened,
        max(recorded_at) as newest_recorded_at
    from known
    group by as_of_date, account_id, used_on
),

features as (
    select
        as_of_date,
        account_id,
        count(distinct feature) as features_used_28d
    from known
    where feature <> 'all' and n_events > 0 and used_on > as_of_date - 28
    group by as_of_date, account_id
),

summed as (
    select
        as_of_date,
        account_id,
        sum(n_events) filter (where used_on > as_of_date - 7) as events_7d,
        sum(n_events) filter (where used_on > as_of_date - 28) as events_28d,
        sum(n_events) filter (
            where used_on <= as_of_date - 28 and used_on > as_of_date - 56
        ) as events_prior_28d,
        sum(n_events) as events_84d,
        max(active_users) filter (where used_on > as_of_date - 7) as users_7d,
        max(active_users) filter (where used_on > as_of_date - 28) as users_28d,
        max(active_users) filter (
            where used_on <= as_of_date - 28 and used_on > as_of_date - 56
        ) as users_prior_28d,
        max(active_users) filter (where used_on > as_of_date - 60) as users_60d,
        max(active_users) as users_84d,
        max(used_on) filter (where n_events > 0 or active_users > 0) as last_used_on,
        (array_agg(active_clients order by used_on desc) filter (
            where used_on > as_of_date - 28 and active_clients is not null
        ))[1] as active_clients,
        (array_agg(total_clients order by used_on desc) filter (
            where used_on > as_of_date - 28 and total_clients is not null
        ))[1] as total_clients,
        sum(forms_completed) filter (where used_on > as_of_date - 28)
        / nullif(sum(forms_sent) filter (where used_on > as_of_date - 28), 0) as form_completion_ratio,
        sum(journeys_opened) filter (where used_on > as_of_date - 28)
        / nullif(sum(journeys_sent) filter (where used_on > as_of_date - 28), 0) as journey_open_ratio,
        max(newest_recorded_at) as newest_recorded_at
    from by_day
    group by as_of_date, account_id
)

select
    summed.*,
    coalesce(features.features_used_28d, 0) as features_used_28d
from summed
left join features
    on summed.as_of_date = features.as_of_date and summed.account_id = features.account_id
