{{
    config(
        unique_key=['account_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['account_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
            {'columns': ['matters_until']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_crm', 'accounts')) }}
),

new_versions as (
    select
        account_id,
        name,
        domain,
        lower(trim(segment)) as segment,
        tier,
        region,
        industry,
        parent_account_id,
        merged_into_account_id,
        csm_id,
        created_on,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'account_id', computed=('superseded_at', 'matters_until')) }}
),

ended as (
    select
        *,
        {{ superseded_at('account_id') }} as superseded_at
    from versions
),

{# Some CRMs tell of a merged account only into which it went. It keeps its names: billing may know it by them. #}
kept as (
    select
        account_id,
        {%- for column in [
            'name', 'domain', 'segment', 'tier', 'region', 'industry', 'parent_account_id', 'csm_id', 'created_on',
            'currency',
        ] %}
        case
            when merged_into_account_id is null or name is not null then {{ column }}
            else lag({{ column }}) over (partition by account_id order by recorded_at, source_name)
        end as {{ column }},
        {%- endfor %}
        merged_into_account_id,
        recorded_at,
        source_name,
        batch_id,
        superseded_at
    from ended
)

{# No day whose cutoff lies later can see this version, so a new day reads the newest versions by the index alone. #}
select
    *,
    coalesce(superseded_at, 'infinity') as matters_until
from kept
