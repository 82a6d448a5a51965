{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

owners as (
    select * from {{ ref('int_usage_owners__as_of') }}
    where account_ref is not null
),

versions as (
    select
        *,
        lead(recorded_on) over (
            partition by account_id, used_on, feature order by recorded_at, source_name desc
        ) as superseded_on
    from {{ ref('int_usage__totals') }}
    where
        (
            (used_on > (select min(days.as_of_date) - 84 from days) and used_on <= {{ as_of() }})
            or (
                used_on > (select min(days.as_of_date) - 420 from days)
                and used_on <= {{ as_of() }} - 364
            )
        )
        and recorded_on <= {{ as_of() }}
),

{# The version of a row that a day knows, for the twelve weeks before it and for eight weeks a year before. #}
known as (
    select
        days.as_of_date,
        owners.account_id as owner_id,
        versions.*
    from days
    inner join versions
        on (
            (days.as_of_date >= versions.used_on and days.as_of_date - 84 < versions.used_on)
            or (days.as_of_date - 364 >= versions.used_on and days.as_of_date - 420 < versions.used_on)
        )
        and days.as_of_date >= versions.recorded_on
        and (versions.superseded_on is null or days.as_of_date < versions.superseded_on)
    inner join owners on versions.account_id = owners.account_ref and days.as_of_date = owners.as_of_date
),

{# The whole product's row where the source gives one; else its features together, whose users overlap. #}
by_day as (
    select
        as_of_date,
        owner_id as account_id,
        used_on,
        coalesce(sum(n_events) filter (where feature = 'all'), sum(n_events)) as n_events,
        coalesce(max(active_users) filter (where feature = 'all'), max(active_users)) as active_users,
        coalesce(max(active_clients) filter (where feature = 'all'), max(active_clients)) as active_clients,
        coalesce(max(total_clients) filter (where feature = 'all'), max(total_clients)) as total_clients,
        bool_or(n_events > 0 or active_users > 0) as is_active,
        sum(forms_sent) as forms_sent,
        sum(forms_completed) as forms_completed,
        sum(journeys_sent) as journeys_sent,
        sum(journeys_opened) as journeys_opened,
        max(recorded_at) as newest_recorded_at
    from known
    group by as_of_date, owner_id, used_on
),

features as (
    select
        as_of_date,
        owner_id as account_id,
        count(distinct feature) as features_used_28d
    from known
    where feature <> 'all' and n_events > 0 and used_on > as_of_date - 28
    group by as_of_date, owner_id
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
        sum(n_events) filter (where used_on > as_of_date - 84) as events_84d,
        sum(n_events) filter (
            where used_on <= as_of_date - 364 and used_on > as_of_date - 392
        ) as events_28d_last_year,
        sum(n_events) filter (where used_on <= as_of_date - 392) as events_prior_28d_last_year,
        max(active_users) filter (
            where used_on <= as_of_date - 364 and used_on > as_of_date - 392
        ) as users_28d_last_year,
        count(*) filter (where is_active and used_on > as_of_date - 28) as active_days_28d,
        count(*) filter (where is_active and used_on > as_of_date - 84) as active_days_84d,
        max(active_users) filter (where used_on > as_of_date - 7) as users_7d,
        max(active_users) filter (where used_on > as_of_date - 28) as users_28d,
        max(active_users) filter (
            where used_on <= as_of_date - 28 and used_on > as_of_date - 56
        ) as users_prior_28d,
        max(active_users) filter (where used_on > as_of_date - 60) as users_60d,
        max(active_users) filter (where used_on > as_of_date - 84) as users_84d,
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
