with source as (
    select * from {{ source('raw_support', 'surveys') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        survey_id,
        account_id,
        lower(trim(kind)) as kind,
        score,
        answered_at,
        recorded_at,
        {{ superseded_at('survey_id') }} as superseded_at
    from source
)

select * from versions
