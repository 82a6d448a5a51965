{{ config(tags=['reconciliation']) }}

{# And of as many peers as the account days have: all paying accounts of the segment with known use, less itself. #}
with facts as (
    select
        account_id,
        coalesce(segment, 'unknown') as segment,
        coalesce(mrr_usd > 0, false) as is_paying
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle <> 'churned' and features_used_28d is not null
),

segments as (
    select
        segment,
        count(*) filter (where is_paying) as n_paying
    from facts
    group by segment
),

expected as (
    select
        facts.account_id,
        features.feature,
        segments.n_paying - facts.is_paying::integer as n_peers
    from facts
    inner join segments on facts.segment = segments.segment
    cross join {{ ref('int_features__used') }} as features
    where features.as_of_date = {{ as_of() }}
),

found as (
    select * from {{ ref('mart_whitespace') }}
    where as_of_date = {{ as_of() }}
)

select
    expected.*,
    found.n_peers as n_peers_found
from expected
full outer join found on expected.account_id = found.account_id and expected.feature = found.feature
where expected.n_peers is distinct from found.n_peers
