{{
    config(
        unique_key=['opportunity_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['opportunity_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_crm', 'opportunities')) }}
),

new_versions as (
    select
        opportunity_id,
        account_id,
        lower(trim(kind)) as kind,
        lower(trim(stage)) as stage,
        amount,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        close_on,
        created_at,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'opportunity_id') }}
)

select
    *,
    {{ superseded_at('opportunity_id') }} as superseded_at
from versions
