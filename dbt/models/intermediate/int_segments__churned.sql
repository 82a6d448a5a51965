{# How many of those who paid at the beginning of each of the last months of 30 days paid nothing at its end, by market
   segment and for all: each evening as it was known then, so that a later correction does not move an earlier month. The
   band is Wilson's, which stays within 0 and 1 and is honest when nobody left. #}
with evenings as (
    select
        n_months as months_ago,
        {{ as_of() }} - 30 * n_months as state_on
    from generate_series(0, {{ var('churn_months') }}) as months (n_months)
),

paying as (
    select
        evenings.months_ago,
        spans.account_id
    from evenings
    inner join {{ ref('int_subscriptions__spans') }} as spans
        on evenings.state_on >= spans.from_on and evenings.state_on < spans.until_on
    group by evenings.months_ago, spans.account_id
    having sum(spans.mrr) > 0
),

counted as (
    select
        accounts.segment as market_segment,
        grouping(accounts.segment) = 1 as is_all,
        count(*) as n_account_months,
        count(*) filter (where closing.account_id is null) as n_lost
    from paying as opening
    inner join {{ ref('int_accounts__as_of') }} as accounts
        on opening.account_id = accounts.account_id and accounts.is_run_day
    left join paying as closing
        on opening.account_id = closing.account_id and opening.months_ago - 1 = closing.months_ago
    where opening.months_ago > 0
    group by grouping sets ((), (accounts.segment))
    having count(*) >= {{ var('min_account_months') }}
),

rated as (
    select
        *,
        n_lost::numeric / n_account_months as churn_ratio,
        {{ var('churn_z') }}::numeric ^ 2 / n_account_months as slack
    from counted
)

select
    market_segment,
    is_all,
    n_account_months,
    n_lost,
    round(churn_ratio, 6) as churn_ratio,
    round(greatest(
        0, (churn_ratio + slack / 2 - sqrt(slack * (churn_ratio * (1 - churn_ratio) + slack / 4))) / (1 + slack)
    ), 6) as churn_low_ratio,
    round(least(
        1, (churn_ratio + slack / 2 + sqrt(slack * (churn_ratio * (1 - churn_ratio) + slack / 4))) / (1 + slack)
    ), 6) as churn_high_ratio
from rated
