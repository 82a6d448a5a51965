{{ config(tags=['reconciliation']) }}

{# The month that was completed last: all that is kept is all that the books hold on its last evening. #}
with newest as (
    select max(as_of_date) as as_of_date
    from {{ ref('mart_cohort_monthly') }}
    where as_of_date <= {{ as_of() }}
),

cohorts as (
    select
        sum(n_kept) as n_kept,
        case when count(*) = count(mrr_usd) then sum(mrr_usd) end as mrr_usd
    from {{ ref('mart_cohort_monthly') }}
    where as_of_date = (select newest.as_of_date from newest)
),

books as (
    select
        count(*) filter (where n_subscriptions > 0 and (mrr_usd > 0 or mrr_usd is null)) as n_kept,
        case when count(*) = count(mrr_usd) then sum(mrr_usd) end as mrr_usd
    from {{ ref('mrr_daily') }}
    where as_of_date = (select newest.as_of_date from newest)
)

select *
from newest
cross join cohorts
cross join books
where
    newest.as_of_date is not null
    and (cohorts.n_kept <> books.n_kept or cohorts.mrr_usd <> books.mrr_usd)
