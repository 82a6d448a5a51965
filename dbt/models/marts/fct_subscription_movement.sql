{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['account_id', 'as_of_date']}],
        pre_hook="{{ delete_days('as_of_date', ref('int_mrr_days__to_build')) }}",
    )
}}

with lines as (
    select * from {{ ref('int_mrr_lines__booked') }}
),

{# The account's day as a whole: what its changes come to, one plan replacing another being none. #}
netted as (
    select
        as_of_date,
        account_id,
        sum(usd_after - usd_before) as net_usd,
        bool_or(cause = 'past_due') as is_unpaid
    from lines
    where kind = 'change'
    group by as_of_date, account_id
),

{# The days as an array: a join would read the books of all days. #}
books as (
    select * from {{ ref('mrr_daily') }}
    where as_of_date = any(array(select distinct netted.as_of_date from netted))
),

first_paid as (
    select
        account_id,
        min(from_on) as first_paid_on
    from {{ ref('int_subscriptions__spans') }}
    where mrr > 0
    group by account_id
),

{# Nothing left is a churn only where no subscription runs: one that is paused or free is still a customer's. #}
named as (
    select
        netted.*,
        departures.kind as departure_kind,
        departures.reason,
        case
            when books.closing_usd = netted.net_usd and netted.net_usd > 0
                then case when first_paid.first_paid_on < netted.as_of_date then 'reactivation' else 'new' end
            when books.closing_usd = 0 and netted.net_usd < 0 and books.n_subscriptions = 0 then 'churn'
            when netted.net_usd < 0 then 'contraction'
            else 'expansion'
        end as movement_type
    from netted
    inner join books on netted.as_of_date = books.as_of_date and netted.account_id = books.account_id
    left join first_paid on netted.account_id = first_paid.account_id
    left join {{ ref('int_departures__matched') }} as departures
        on netted.as_of_date = departures.as_of_date and netted.account_id = departures.account_id
)

select
    lines.as_of_date,
    lines.account_id,
    lines.subscription_id,
    case lines.kind when 'change' then named.movement_type else lines.kind end as movement_type,
    lines.currency,
    lines.fx_date,
    lines.mrr_before,
    lines.mrr_after,
    lines.mrr_after - lines.mrr_before as mrr_delta,
    lines.usd_before as mrr_before_usd,
    lines.usd_after as mrr_after_usd,
    lines.usd_after - lines.usd_before as mrr_delta_usd,
    case
        when lines.kind <> 'change' then null
        when named.movement_type = 'contraction' then 'contraction'
        when named.movement_type = 'churn' and (named.is_unpaid or named.departure_kind = 'involuntary')
            then 'involuntary'
        when named.movement_type = 'churn' then 'voluntary'
    end as churn_kind,
    case
        when named.movement_type in ('churn', 'contraction') and lines.mrr_after < lines.mrr_before
            then coalesce(named.reason, lines.cause)
    end as reason,
    lines.effective_on,
    lines.effective_on < lines.as_of_date as is_backdated
from lines
left join named
    on lines.kind = 'change' and lines.as_of_date = named.as_of_date and lines.account_id = named.account_id
