{{ config(tags=['reconciliation']) }}

{# Of the windows that closed on this day: an account whose last word in the books by then is a churn has left. The
   other way round does not hold: a label fires on the notice, the books wait for the end of the service; and what the
   books lose to a merger is no departure, its label is censored. #}
with last_words as (
    select distinct on (account_id)
        account_id,
        movement_type,
        effective_on
    from {{ ref('fct_subscription_movement') }}
    where movement_type <> 'fx' and as_of_date > {{ as_of() }} - 90 and as_of_date <= {{ as_of() }}
    order by account_id, as_of_date desc, effective_on
)

select
    labels.as_of_date,
    labels.account_id,
    labels.horizon,
    last_words.effective_on
from {{ ref('churn_labels') }} as labels
inner join last_words
    on labels.account_id = last_words.account_id
    and labels.as_of_date + labels.gap_days < last_words.effective_on
    and labels.closes_on >= last_words.effective_on
where labels.closes_on = {{ as_of() }} and last_words.movement_type = 'churn' and not labels.is_churned
