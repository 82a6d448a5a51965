{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with gathered as (
    select * from {{ ref('int_account_days__gathered') }}
),

<<<<<<< HEAD
contracts as (
    select * from {{ ref('int_account_contracts__as_of') }}
),

usage as (
    select * from {{ ref('int_account_usage__as_of') }}
),

service as (
    select * from {{ ref('int_account_service__as_of') }}
),

joined as (
    select
        accounts.as_of_date,
        accounts.is_run_day,
        accounts.account_id,
        accounts.name,
        accounts.segment,
        accounts.tier,
        accounts.region,
        accounts.csm_id,
        contracts.lifecycle,
        contracts.left_on,
        contracts.first_paid_on,
        accounts.as_of_date - contracts.first_paid_on as tenure_days,
        contracts.mrr_usd,
        contracts.mrr_90d_ago_usd,
        contracts.contract_end_on,
        contracts.contract_end_on - accounts.as_of_date as days_to_renewal,
        contracts.auto_renew,
        contracts.billing_period,
        contracts.discount_ratio,
        contracts.plan_changes_90d,
        contracts.renewals_so_far,
        contracts.seats,
        accounts.as_of_date - usage.last_used_on as last_login_days_ago,
        usage.events_7d,
        usage.events_28d,
        usage.events_prior_28d,
        usage.events_84d,
        case when usage.has_users then usage.users_7d end as active_users_7d,
        case when usage.has_users then usage.users_28d end as active_users_28d,
        case when usage.has_users then usage.users_prior_28d end as active_users_prior_28d,
        case when usage.has_users then usage.users_84d end as active_users_84d,
        case when usage.has_users then least(1, usage.users_60d / nullif(contracts.seats, 0)) end as usage_score,
        case when usage.n_features > 0 then usage.features_used_28d end as features_used_28d,
        least(1, usage.features_used_28d::numeric / nullif(usage.n_features, 0)) as feature_adoption_ratio,
        usage.active_clients,
        usage.total_clients,
        usage.active_clients::numeric / nullif(usage.total_clients, 0) as active_client_ratio,
        usage.form_completion_ratio,
        usage.journey_open_ratio,
        usage.events_28d / nullif(usage.events_prior_28d, 0) as events_28d_vs_prior_ratio,
        {# A first year's ups and downs are those of a beginning, not of a season. #}
        case
            when accounts.as_of_date - contracts.first_paid_on >= 364 + 56 + {{ var('onboarding_days') }}
                then nullif(usage.events_28d_last_year, 0) / nullif(usage.events_prior_28d_last_year, 0)
        end as own_season_ratio,
        usage.events_28d / nullif(contracts.seats, 0) as events_28d_per_seat,
        service.tickets_28d,
        service.tickets_30d,
        service.tickets_84d,
        service.urgent_tickets_28d,
        service.tickets_open,
        service.tickets_urgent_open,
        service.oldest_open_ticket_days,
        service.csat_84d,
        service.csat_90d,
        service.failed_payments_30d,
        service.failed_payments_84d,
        service.days_past_due,
        service.overdue_usd,
        service.champion_last_seen_days_ago,
        service.last_touch_days_ago,
        service.touches_84d,
        service.nps_latest,
        service.csat_age_days,
        service.nps_age_days,
        service.sentiment_rating,
        service.sentiment_age_days,
        greatest(
            accounts.recorded_at, contracts.newest_recorded_at, usage.newest_recorded_at, service.newest_recorded_at
        ) as max_recorded_at
    from accounts
    inner join contracts
        on accounts.as_of_date = contracts.as_of_date and accounts.account_id = contracts.account_id
    left join usage
        on accounts.as_of_date = usage.as_of_date and accounts.account_id = usage.account_id
    left join service
        on accounts.as_of_date = service.as_of_date and accounts.account_id = service.account_id
),

{# What is usual: the median of the accounts of the segment that pay. #}
=======
{# What is usual: the medians of the accounts of the segment that pay. #}
>>>>>>> 8108c46 (Features read young accounts fairly; labels, leaks and backfills are tested)
peers as (
    select
        as_of_date,
        segment,
        percentile_cont(0.5) within group (order by events_28d_per_seat)::numeric as usual_events_28d_per_seat,
<<<<<<< HEAD
        percentile_cont(0.5) within group (order by events_28d_vs_prior_ratio)::numeric as events_trend_ratio
    from joined
=======
        round(
            (percentile_cont(0.5) within group (order by events_28d_vs_prior_ratio))::numeric, 6
        ) as peer_events_trend_ratio
    from gathered
>>>>>>> 8108c46 (Features read young accounts fairly; labels, leaks and backfills are tested)
    where mrr_usd > 0
    group by as_of_date, segment
),

{# How the use of these weeks is expected to differ from the weeks before: as it did a year ago, or else as it does for
   the peers. #}
compared as (
    select
        gathered.*,
        round(gathered.events_28d_per_seat / nullif(peers.usual_events_28d_per_seat, 0), 6) as usage_vs_peer_ratio,
        peers.peer_events_trend_ratio,
        round(
            coalesce(
                gathered.events_28d_last_year / nullif(gathered.events_prior_28d_last_year, 0),
                peers.peer_events_trend_ratio
            ),
            6
        ) as season_ratio
    from gathered
    left join peers
        on gathered.as_of_date = peers.as_of_date and gathered.segment is not distinct from peers.segment
)

select
<<<<<<< HEAD
    joined.*,
    round(joined.events_28d_per_seat / nullif(peers.usual_events_28d_per_seat, 0), 6) as usage_vs_peer_ratio,
    peers.events_trend_ratio as peer_events_trend_ratio,
    coalesce(joined.own_season_ratio, peers.events_trend_ratio) as season_ratio,
    round(
        joined.events_28d_vs_prior_ratio / nullif(coalesce(joined.own_season_ratio, peers.events_trend_ratio), 0), 6
    ) as events_28d_vs_season_ratio
from joined
left join peers
    on joined.as_of_date = peers.as_of_date and joined.segment is not distinct from peers.segment
=======
    *,
    round(events_28d_vs_prior_ratio / nullif(season_ratio, 0), 6) as events_28d_vs_season_ratio
from compared
>>>>>>> 8108c46 (Features read young accounts fairly; labels, leaks and backfills are tested)
