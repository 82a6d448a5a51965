{{ config(indexes=[{'columns': ['account_ref']}], post_hook="analyze {{ this }}") }}

{# For each reference, in each span in which no step of the ladder changed its mind: what the first step found. #}

with matches as (
    select * from {{ ref('int_account_refs__matched') }}
),

moments as (
    select
        account_ref,
        lower(known_during) as known_from
    from matches
    union
    select
        account_ref,
        upper(known_during) as known_from
    from matches
    where not upper_inf(known_during)
),

judged as (
    select
        moments.account_ref,
        moments.known_from,
        (array_agg(matches.account_id order by matches.step) filter (where matches.n_accounts = 1))[1] as account_id,
        (array_agg(matches.method order by matches.step) filter (where matches.n_accounts = 1))[1] as method,
        (array_agg(matches.method order by matches.step) filter (where matches.n_accounts > 1))[1] as ambiguous_method
    from moments
    left join matches
        on moments.account_ref = matches.account_ref
        and matches.known_during @> moments.known_from
    group by moments.account_ref, moments.known_from
),

rated as (
    select
        *,
        case method
            {%- for step in var('identity_ladder') %}
            when '{{ step['method'] }}' then {{ step['confidence'] }}
            {%- endfor %}
        end::numeric as confidence
    from judged
),

resolved as (
    select
        account_ref,
        known_from,
        case when confidence >= {{ var('identity_min_confidence') }} then account_id end as account_id,
        case when confidence < {{ var('identity_min_confidence') }} then account_id end as suggested_account_id,
        method,
        confidence,
        case
            when confidence >= {{ var('identity_min_confidence') }} then null
            when account_id is not null then 'below_min_confidence'
            when ambiguous_method is not null then 'ambiguous_' || ambiguous_method
            else 'nobody'
        end as unmatched_reason
    from rated
),

compared as (
    select
        *,
        lag(row(account_id, suggested_account_id, method, unmatched_reason))
            over (partition by account_ref order by known_from) as said_before
    from resolved
)

{# A moment that changed nothing begins no new span. #}
select
    account_ref,
    account_id,
    suggested_account_id,
    method,
    confidence,
    unmatched_reason,
    known_from,
    lead(known_from) over (partition by account_ref order by known_from) as known_until
from compared
where said_before is null or said_before <> row(account_id, suggested_account_id, method, unmatched_reason)
