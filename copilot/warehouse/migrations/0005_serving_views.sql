-- What boards ask for often. security_invoker: a reader's own row policies hold inside a view too.

create view serving.latest_day with (security_invoker = true) as
select * from serving.published_day
order by as_of_date desc
limit 1;

create view serving.latest_account with (security_invoker = true) as
select * from serving.account_day
where as_of_date = (select max(as_of_date) from serving.published_day);

create view serving.latest_alert with (security_invoker = true) as
select * from serving.alert_day
where as_of_date = (select max(as_of_date) from serving.published_day);

create view serving.latest_kpi with (security_invoker = true) as
select * from serving.kpi_day
where as_of_date = (select max(as_of_date) from serving.published_day);

-- One row per day, span (1, 7, 30, 90 days) and pair of health bands: how many accounts went from one to the other.
create view serving.health_flow with (security_invoker = true) as
select
    today.as_of_date,
    span.span_days,
    today.segment,
    coalesce(earlier.health_band, 'unscored') as band_before,
    coalesce(today.health_band, 'unscored') as band,
    count(*) as n_accounts,
    sum(today.arr_usd) as arr_usd
from serving.account_day as today
cross join (values (1), (7), (30), (90)) as span (span_days)
inner join serving.account_day as earlier
    on today.account_id = earlier.account_id and earlier.as_of_date = today.as_of_date - span.span_days
where today.lifecycle <> 'churned'
group by today.as_of_date, span.span_days, today.segment, earlier.health_band, today.health_band;

-- One row per day and rule: what came, what is open and how far it got, what went.
create view serving.alert_funnel with (security_invoker = true) as
select
    as_of_date,
    rule_id,
    segment,
    count(*) filter (where event in ('raised', 'reopened')) as n_raised,
    count(*) filter (where event = 'worsened') as n_worsened,
    count(*) filter (where state = 'open') as n_open,
    count(*) filter (where state = 'acknowledged') as n_acknowledged,
    count(*) filter (where state = 'snoozed') as n_snoozed,
    count(*) filter (where event = 'resolved') as n_resolved,
    count(*) filter (where event = 'dismissed') as n_dismissed,
    count(*) filter (where is_overdue) as n_overdue
from serving.alert_day
group by as_of_date, rule_id, segment;

-- One row per day and account whose health or churn probability moved since the day before.
create view serving.mover with (security_invoker = true) as
select
    as_of_date,
    account_id,
    name,
    segment,
    region,
    csm_id,
    csm_name,
    arr_usd,
    risk_band,
    health_score,
    health_delta_1d,
    health_delta_7d,
    churn_probability,
    churn_probability - churn_probability_before as churn_probability_change
from serving.account_day
where lifecycle <> 'churned' and (health_delta_1d <> 0 or churn_probability <> churn_probability_before);

grant select
on serving.latest_day, serving.latest_account, serving.latest_alert, serving.latest_kpi, serving.health_flow,
serving.alert_funnel, serving.mover to cs_bi, cs_mailer, cs_publisher;
