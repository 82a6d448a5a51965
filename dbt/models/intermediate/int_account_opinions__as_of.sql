{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with refs as (
    select * from {{ ref('int_account_refs__as_of') }}
),

surveys as (
    select * from {{ ref('stg_support__surveys') }}
),

sentiments as (
    select * from {{ ref('stg_crm__sentiments') }}
),

{# The newest of each kind is the first entry of an index, however long the history. #}
newest as (
    select
        refs.as_of_date,
        refs.account_id,
        'nps' as kind,
        answer.score as opinion,
        answer.answered_at as given_at,
        answer.survey_id as row_id,
        answer.recorded_at
    from refs
    cross join lateral (
        select * from surveys
        where
            surveys.account_id = refs.account_ref
            and surveys.answered_at < refs.cutoff_at
            and surveys.kind = 'nps'
            and {{ known_at('surveys', 'refs.cutoff_at') }}
        order by surveys.answered_at desc, surveys.survey_id desc
        limit 1
    ) as answer
    union all
    select
        refs.as_of_date,
        refs.account_id,
        'sentiment' as kind,
        rated.rating as opinion,
        rated.rated_at as given_at,
        rated.sentiment_id as row_id,
        rated.recorded_at
    from refs
    cross join lateral (
        select * from sentiments
        where
            sentiments.account_id = refs.account_ref
            and sentiments.rated_at < refs.cutoff_at
            and (sentiments.expires_on is null or sentiments.expires_on > refs.as_of_date)
            and {{ known_at('sentiments', 'refs.cutoff_at') }}
        order by sentiments.rated_at desc, sentiments.sentiment_id desc
        limit 1
    ) as rated
),

{# An account that has several names has a newest of each name. #}
ranked as (
    select
        *,
        as_of_date - (given_at at time zone 'UTC')::date as age_days,
        row_number() over (partition by as_of_date, account_id, kind order by given_at desc, row_id desc) as nth
    from newest
)

select
    as_of_date,
    account_id,
    max(opinion) filter (where kind = 'nps') as nps_latest,
    max(age_days) filter (where kind = 'nps') as nps_age_days,
    max(opinion) filter (where kind = 'sentiment') as sentiment_rating,
    max(age_days) filter (where kind = 'sentiment') as sentiment_age_days,
    max(recorded_at) as newest_recorded_at
from ranked
where nth = 1
group by as_of_date, account_id
