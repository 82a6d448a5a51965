{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

{%- set measures = [
    'events_7d', 'events_28d', 'events_prior_28d', 'events_84d',
    'users_7d', 'users_28d', 'users_prior_28d', 'users_60d', 'users_84d',
] %}
{#- The same measure a year before, weekday on weekday, and how many days before the year its window begins: 0 is use
    that did not happen only from the first use on. -#}
{%- set last_year_measures = {
    'events_28d_last_year': 27, 'events_prior_28d_last_year': 55, 'users_28d_last_year': 27,
} %}

with events as (
    select * from {{ ref('int_account_events__as_of') }}
),

features as (
    select * from {{ ref('int_account_features__as_of') }}
),

totals as (
    select * from {{ ref('int_account_totals__as_of') }}
),

last_uses as (
    select * from {{ ref('int_account_last_use__as_of') }}
),

{# Events where an account has any, a source's own totals only where it has none. An account that was never seen using
    anything has no row, so that its usage is unknown and not nought. #}
chosen as (
    select
        coalesce(last_uses.as_of_date, totals.as_of_date) as as_of_date,
        coalesce(last_uses.account_id, totals.account_id) as account_id,
        last_uses.last_used_on,
        totals.active_clients,
        totals.total_clients,
        totals.form_completion_ratio,
        totals.journey_open_ratio,
        {%- for measure in measures %}
        case
            when last_uses.has_events then coalesce(events.{{ measure }}, 0)
            when last_uses.totals_count_{{ measure.split('_')[0] }} then coalesce(totals.{{ measure }}, 0)
        end as {{ measure }},
        {%- endfor %}
        {%- for measure, days in last_year_measures.items() %}
        case
            when last_uses.first_used_on > last_uses.as_of_date - 364 - {{ days }} then null
            when last_uses.has_events then coalesce(events.{{ measure }}, 0)
            when last_uses.totals_count_{{ measure.split('_')[0] }} then coalesce(totals.{{ measure }}, 0)
        end as {{ measure }},
        {%- endfor %}
        {%- for measure in ['active_days_28d', 'active_days_84d'] %}
        case
            when last_uses.has_events then coalesce(events.{{ measure }}, 0)
            when last_uses.account_id is not null then coalesce(totals.{{ measure }}, 0)
        end as {{ measure }},
        {%- endfor %}
        case
            when last_uses.has_events then coalesce(features.features_used_28d, 0)
            when last_uses.account_id is not null then coalesce(totals.features_used_28d, 0)
        end as features_used_28d,
        {# A source that never names its users leaves their number unknown. #}
        case
            when last_uses.has_events then coalesce(events.users_84d > 0, true)
            else last_uses.totals_count_users
        end as has_users,
        greatest(
            last_uses.newest_recorded_at, events.newest_recorded_at, totals.newest_recorded_at
        ) as newest_recorded_at
    from last_uses
    left join events
        on last_uses.as_of_date = events.as_of_date and last_uses.account_id = events.account_id
    left join features
        on last_uses.as_of_date = features.as_of_date and last_uses.account_id = features.account_id
    full join totals
        on last_uses.as_of_date = totals.as_of_date and last_uses.account_id = totals.account_id
),

catalogue as (
    select
        as_of_date,
        count(distinct feature) as n_features
    from {{ ref('int_features__used') }}
    group by as_of_date
)

select
    chosen.*,
    catalogue.n_features
from chosen
left join catalogue on chosen.as_of_date = catalogue.as_of_date
