{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{%- set users = ['users_7d', 'users_28d', 'users_prior_28d', 'users_60d', 'users_84d', 'users_28d_last_year'] %}
{%- set events = [
    'events_7d', 'events_28d', 'events_prior_28d', 'events_84d', 'events_28d_last_year', 'events_prior_28d_last_year',
    'active_days_28d', 'active_days_84d', 'newest_recorded_at',
] %}

select
    as_of_date,
    account_id,
    {{ (users + events) | join(',\n    ') }}
from {{ ref('int_account_events__run_day') }}
union all
select
    events.as_of_date,
    events.account_id,
    {%- for measure in users %}
    coalesce(users.{{ measure }}, 0) as {{ measure }},
    {%- endfor %}
    {%- for measure in events %}
    events.{{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('int_account_events__sundays') }} as events
left join {{ ref('int_account_users__sundays') }} as users
    on events.as_of_date = users.as_of_date and events.account_id = users.account_id
