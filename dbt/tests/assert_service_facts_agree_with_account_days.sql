{{ config(tags=['reconciliation']) }}

{# The facts, read as of the day, count for its accounts what the account's day counts. #}

with refs as (
    select * from {{ ref('int_account_refs__as_of') }}
    where as_of_date = {{ as_of() }}
),

service as (
    select * from {{ ref('int_account_service__as_of') }}
    where as_of_date = {{ as_of() }}
),

tickets as (
    select count(*) as n_rows
    from {{ ref('fct_support_ticket') }} as facts
    inner join refs on facts.account_ref = refs.account_ref
    where
        facts.opened_at >= {{ cutoff() }} - interval '84 days'
        and facts.opened_at < {{ cutoff() }}
        and facts.known_from < {{ cutoff() }}
        and (facts.known_until is null or facts.known_until >= {{ cutoff() }})
),

touches as (
    select count(*) as n_rows
    from {{ ref('fct_interaction') }} as facts
    inner join refs on facts.account_ref = refs.account_ref
    where
        facts.occurred_at >= {{ cutoff() }} - interval '84 days'
        and facts.occurred_at < {{ cutoff() }}
        and facts.known_from < {{ cutoff() }}
        and (facts.known_until is null or facts.known_until >= {{ cutoff() }})
),

ratings as (
    select distinct on (refs.account_id) facts.rating
    from {{ ref('csm_sentiment') }} as facts
    inner join refs on facts.account_ref = refs.account_ref
    where
        facts.rated_at >= {{ cutoff() }} - interval '84 days'
        and facts.rated_at < {{ cutoff() }}
        and (facts.expires_on is null or facts.expires_on > {{ as_of() }})
        and facts.known_from < {{ cutoff() }}
        and (facts.known_until is null or facts.known_until >= {{ cutoff() }})
    order by refs.account_id, facts.rated_at desc, facts.sentiment_id desc
),

compared as (
    select
        (select n_rows from tickets) as tickets,
        (select coalesce(sum(tickets_84d), 0) from service) as tickets_of_days,
        (select n_rows from touches) as touches,
        (select coalesce(sum(touches_84d), 0) from service) as touches_of_days,
        (select coalesce(sum(rating), 0) from ratings) as ratings,
        (
            select coalesce(sum(sentiment_rating), 0) from service
            where sentiment_age_days < 84
        ) as ratings_of_days
)

select * from compared
where tickets <> tickets_of_days or touches <> touches_of_days or ratings <> ratings_of_days
