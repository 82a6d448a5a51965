{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        indexes=[{'columns': ['account_id', 'as_of_date']}],
    )
}}

{# A step is missed once a whole day has gone by after the one it was due on: what is done late in the evening is often
   recorded after midnight. #}
with steps as (
    select
        *,
        started_on + due_day as due_on,
        done_on is null and as_of_date > started_on + due_day as is_missed
    from {{ ref('int_onboarding_steps__as_of') }}
)

select
    as_of_date,
    account_id,
    step,
    started_on,
    due_day,
    due_on,
    done_on,
    known_on,
    case
        when done_on <= due_on then 'done'
        when done_on is not null then 'done_late'
        when is_missed then 'missed'
        else 'open'
    end as status,
    is_missed,
    case
        when done_on is not null or is_missed then greatest(0, coalesce(done_on, as_of_date) - due_on)
    end as days_late,
    case when is_missed then if_missed when done_on is not null then when_done end as intervention
from steps
