{# The churn that an account is expected to have: its market segment's, or the company's where too few were seen. #}
with accounts as (
    select * from {{ ref('int_accounts__as_of') }}
    where is_run_day
),

churned as (
    select * from {{ ref('int_segments__churned') }}
)

select
    accounts.as_of_date,
    accounts.account_id,
    accounts.segment as market_segment,
    coalesce(own.churn_ratio, everybody.churn_ratio) as churn_ratio,
    coalesce(own.churn_low_ratio, everybody.churn_low_ratio) as churn_low_ratio,
    coalesce(own.churn_high_ratio, everybody.churn_high_ratio) as churn_high_ratio
from accounts
left join churned as own on accounts.segment = own.market_segment and not own.is_all
left join churned as everybody on everybody.is_all
