{{ config(materialized='table') }}

{# The newest day only: what to offer is asked today, and every account times every feature a day outgrows all facts. #}
{%- set least_peers = var('whitespace_least_peers') %}

with accounts as (
    select
        account_id,
        coalesce(segment, 'unknown') as segment,
        coalesce(mrr_usd > 0, false) as is_paying
    from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }} and is_customer and feature_adoption_ratio is not null
),

features as (
    select feature from {{ ref('int_features__used') }}
    where as_of_date = {{ as_of() }}
),

asked as (
    select
        accounts.account_id,
        accounts.segment,
        accounts.is_paying,
        features.feature,
        used.feature is not null as is_used_28d
    from accounts
    cross join features
    left join {{ ref('int_account_features__used') }} as used
        on accounts.account_id = used.account_id and features.feature = used.feature
),

{# Nobody is a peer of itself. #}
compared as (
    select
        *,
        count(*) filter (where is_paying) over peers - is_paying::integer as n_peers,
        count(*) filter (where is_paying and is_used_28d) over peers
        - (is_paying and is_used_28d)::integer as n_peers_using
    from asked
    window peers as (partition by segment, feature)
),

judged as (
    select
        *,
        case when n_peers >= {{ least_peers }} then round(n_peers_using::numeric / n_peers, 6) end as peer_usage_ratio
    from compared
)

select
    {{ as_of() }} as as_of_date,
    account_id,
    feature,
    segment,
    is_used_28d,
    n_peers,
    peer_usage_ratio,
    case when is_used_28d then 0 else peer_usage_ratio end as potential_ratio
from judged
