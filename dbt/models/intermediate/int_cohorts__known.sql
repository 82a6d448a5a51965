{# Who had ever paid by the end of each month, as it was known then, and since when: an account that was merged into
   another is that other one, whose first day is the earlier of the two. #}
with months as (
    select * from {{ ref('int_cohort_months__to_build') }}
),

spans as (
    select * from {{ ref('int_subscriptions__spans') }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
),

accounts as (
    select * from {{ ref('stg_crm__accounts') }}
)

select
    months.as_of_date,
    spans.account_id,
    accounts.segment,
    date_trunc('month', min(spans.started_on)::timestamp)::date as cohort_month
from months
inner join spans on months.as_of_date >= spans.from_on
inner join identity
    on spans.account_id = identity.account_ref
    and spans.account_id = identity.account_id
    and {{ resolved_at('identity', 'months.cutoff_at') }}
inner join accounts
    on spans.account_id = accounts.account_id
    and {{ known_at('accounts', 'months.cutoff_at') }}
group by months.as_of_date, spans.account_id, accounts.segment
