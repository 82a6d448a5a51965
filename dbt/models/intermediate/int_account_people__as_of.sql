{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

interactions as (
    select * from {{ ref('stg_crm__interactions') }}
),

contacts as (
    select * from {{ ref('stg_crm__contacts') }}
),

surveys as (
    select * from {{ ref('stg_support__surveys') }}
),

seen as (
    select
        days.as_of_date,
        interactions.account_id,
        'touch' as kind,
        interactions.occurred_at as happened_at,
        null::numeric as nps,
        interactions.recorded_at,
        interactions.interaction_id as row_id
    from days
    inner join interactions on {{ known_at('interactions', 'days.cutoff_at') }}
    where interactions.occurred_at < days.cutoff_at
    union all
    select
        days.as_of_date,
        contacts.account_id,
        'champion' as kind,
        contacts.last_seen_at as happened_at,
        null as nps,
        contacts.recorded_at,
        contacts.contact_id as row_id
    from days
    inner join contacts on {{ known_at('contacts', 'days.cutoff_at') }}
    where contacts.is_champion and contacts.last_seen_at < days.cutoff_at
    union all
    select
        days.as_of_date,
        surveys.account_id,
        'nps' as kind,
        surveys.answered_at as happened_at,
        surveys.score as nps,
        surveys.recorded_at,
        surveys.survey_id as row_id
    from days
    inner join surveys on {{ known_at('surveys', 'days.cutoff_at') }}
    where surveys.answered_at < days.cutoff_at and surveys.kind = 'nps'
),

summed as (
    select
        as_of_date,
        account_id,
        as_of_date - max((happened_at at time zone 'UTC')::date) filter (where kind = 'touch')
        as last_touch_days_ago,
        count(*) filter (
            where kind = 'touch' and (happened_at at time zone 'UTC')::date > as_of_date - 84
        ) as touches_84d,
        as_of_date - max((happened_at at time zone 'UTC')::date) filter (where kind = 'champion')
        as champion_last_seen_days_ago,
        (array_agg(nps order by happened_at desc, row_id desc) filter (where kind = 'nps'))[1] as nps_latest,
        max(recorded_at) as newest_recorded_at
    from seen
    group by as_of_date, account_id
)

select * from summed
