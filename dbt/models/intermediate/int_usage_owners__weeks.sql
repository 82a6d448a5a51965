{{ config(indexes=[{'columns': ['owner_ref']}], post_hook="analyze {{ this }}") }}

{# For the missing Sundays: the unbroken runs of weeks in which a name stood for one account. Usually one; two accounts
   and two runs where accounts were merged in between. #}
with owners as (
    select
        owners.owner_ref,
        owners.account_id,
        {{ week_of('owners.as_of_date') }} as week
    from {{ ref('int_usage_owners__as_of') }} as owners
    inner join {{ ref('int_days__to_build') }} as days on owners.as_of_date = days.as_of_date
    where not days.is_run_day
),

numbered as (
    select
        *,
        week - row_number() over (partition by owner_ref, account_id order by week) as run_no
    from owners
)

select
    owner_ref,
    account_id,
    min(week) as first_week,
    max(week) + 1 as gone_week
from numbered
group by owner_ref, account_id, run_no
