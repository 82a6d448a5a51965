{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with gathered as (
    select * from {{ ref('int_account_days__gathered') }}
),

{# What is usual: the medians of the accounts of the segment that pay. #}
peers as (
    select
        as_of_date,
        segment,
        percentile_cont(0.5) within group (order by events_28d_per_seat)::numeric as usual_events_28d_per_seat,
        round(
            (percentile_cont(0.5) within group (order by events_28d_vs_prior_ratio))::numeric, 6
        ) as peer_events_trend_ratio
    from gathered
    where mrr_usd > 0
    group by as_of_date, segment
),

{# How the use of these weeks is expected to differ from the weeks before: as it did a year ago, or else as it does for
   the peers. A first year's ups and downs are those of a beginning, not of a season. #}
compared as (
    select
        gathered.*,
        round(gathered.events_28d_per_seat / nullif(peers.usual_events_28d_per_seat, 0), 6) as usage_vs_peer_ratio,
        peers.peer_events_trend_ratio,
        coalesce(
            case
                when gathered.tenure_days >= 364 + 56 + {{ var('onboarding_days') }}
                    then round(
                        nullif(gathered.events_28d_last_year, 0) / nullif(gathered.events_prior_28d_last_year, 0), 6
                    )
            end,
            peers.peer_events_trend_ratio
        ) as season_ratio
    from gathered
    left join peers
        on gathered.as_of_date = peers.as_of_date and gathered.segment is not distinct from peers.segment
)

select
    *,
    round(events_28d_vs_prior_ratio / nullif(season_ratio, 0), 6) as events_28d_vs_season_ratio
from compared
