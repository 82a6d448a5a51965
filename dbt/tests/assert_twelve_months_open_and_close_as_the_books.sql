{{ config(tags=['reconciliation']) }}

{# The month that the run's day ends. Its cohort of twelve months is what the books held on the evening twelve months
   before, and is not known exactly where that evening is not booked. Without a move of a currency since, the cohort's
   closing is what the books hold of those accounts this evening; and segments come to the company. #}
with closed as (
    select
        *,
        (month_on - interval '11 months')::date - 1 as opened_on
    from {{ ref('mart_retention_monthly') }}
    where (month_on + interval '1 month')::date - 1 = {{ as_of() }}
),

company as (
    select * from closed
    where segment = 'all'
),

segments as (
    select
        sum(n_cohort_12m) as n_cohort,
        sum(cohort_opening_12m_usd) as opening_usd,
        sum(cohort_closing_12m_usd) as closing_usd,
        sum(retained_12m_usd) as retained_usd
    from closed
    where segment <> 'all'
),

paid as (
    select
        coalesce(identity.account_id, opened.account_id) as account_id,
        sum(opened.closing_usd) as opening_usd
    from company
    inner join {{ ref('mrr_daily') }} as opened on company.opened_on = opened.as_of_date
    left join {{ ref('int_account_identity') }} as identity
        on opened.account_id = identity.account_ref and {{ resolved_at('identity', cutoff()) }}
    group by coalesce(identity.account_id, opened.account_id)
    having sum(opened.closing_usd) > 0
),

booked as (
    select
        count(*) as n_cohort,
        coalesce(sum(paid.opening_usd), 0) as opening_usd,
        coalesce(sum(closing.closing_usd), 0) as closing_usd
    from paid
    left join {{ ref('mrr_daily') }} as closing
        on paid.account_id = closing.account_id and closing.as_of_date = {{ as_of() }}
),

moved as (
    select count(*) as n_fx
    from company
    inner join {{ ref('fct_subscription_movement') }} as movements
        on company.opened_on < movements.as_of_date and movements.as_of_date <= {{ as_of() }}
    where movements.movement_type = 'fx'
)

select
    company.*,
    booked.n_cohort as booked_n_cohort,
    booked.opening_usd as booked_opening_usd,
    booked.closing_usd as booked_closing_usd
from company
cross join segments
cross join booked
cross join moved
left join {{ ref('mrr_days_built') }} as days on company.opened_on = days.as_of_date
where
    (days.as_of_date is null) <> (company.cohort_opening_12m_usd is null)
    or (company.n_cohort_12m, company.cohort_opening_12m_usd) <> (booked.n_cohort, booked.opening_usd)
    or (moved.n_fx = 0 and company.cohort_closing_12m_usd <> booked.closing_usd)
    or (
        company.n_cohort_12m, company.cohort_opening_12m_usd, company.cohort_closing_12m_usd, company.retained_12m_usd
    )
    is distinct from (segments.n_cohort, segments.opening_usd, segments.closing_usd, segments.retained_usd)
