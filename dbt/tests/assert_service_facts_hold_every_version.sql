{{ config(tags=['reconciliation']) }}

{# What was recorded within the days of restatement: as many versions, as many that ended, and the same sum in them. #}
{% set since = cutoff() ~ " - interval '" ~ var('restatement_days') ~ " days'" %}

with compared as (
    {%- for fact, staged, amount in [
        (ref('fct_support_ticket'), ref('stg_support__tickets'), 'csat'),
        (ref('fct_interaction'), ref('stg_crm__interactions'), '0'),
        (ref('csm_sentiment'), ref('stg_crm__sentiments'), 'rating'),
    ] %}
    select
        (
            select row(count(*), count(known_until), sum({{ amount }}))::text
            from {{ fact }}
            where known_from >= {{ since }} and known_from < {{ cutoff() }}
        ) as in_fact,
        (
            select row(count(*), count(superseded_at), sum({{ amount }}))::text
            from {{ staged }}
            where
                recorded_at >= {{ since }}
                and recorded_at < {{ cutoff() }}
                and superseded_at is distinct from recorded_at
        ) as in_staging
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select * from compared
where in_fact <> in_staging
