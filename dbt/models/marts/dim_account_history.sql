{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='account_id',
        indexes=[{'columns': ['source_name', 'batch_id']}],
        pre_hook="set local enable_nestloop = on",
    )
}}

{% if is_incremental() -%}
with taken as (
    select
        source_name,
        max(batch_id) as batch_id
    from {{ this }}
    group by source_name
),

touched as (
    select versions.account_id
    from {{ ref('stg_crm__accounts') }} as versions
    left join taken on versions.source_name = taken.source_name
    where versions.batch_id > coalesce(taken.batch_id, 0)
),

versions as (
    select * from {{ ref('stg_crm__accounts') }}
    where account_id in (select touched.account_id from touched)
),
{%- else -%}
with versions as (
    select * from {{ ref('stg_crm__accounts') }}
),
{%- endif %}

described as (
    select
        account_id,
        name,
        segment,
        tier,
        region,
        csm_id,
        parent_account_id,
        case when merged_into_account_id is null then 'open' else 'merged' end as status,
        recorded_at,
        source_name,
        batch_id
    from versions
    where recorded_at < matters_until
),

compared as (
    select
        *,
        lag(row(name, segment, tier, region, csm_id, parent_account_id, status))
            over (partition by account_id order by recorded_at, source_name) as said_before
    from described
),

numbered as (
    select
        *,
        count(*) filter (
            where said_before is null
            or said_before <> row(name, segment, tier, region, csm_id, parent_account_id, status)
        ) over (partition by account_id order by recorded_at, source_name) as nth
    from compared
),

{# Versions that changed nothing of this belong to the span before; its newest batch says what is taken in. #}
spans as (
    select
        account_id,
        min(recorded_at) as valid_from,
        name,
        segment,
        tier,
        region,
        csm_id,
        parent_account_id,
        status,
        (array_agg(source_name order by batch_id desc))[1] as source_name,
        max(batch_id) as batch_id
    from numbered
    group by account_id, nth, name, segment, tier, region, csm_id, parent_account_id, status
)

select
    *,
    lead(valid_from) over (partition by account_id order by valid_from) as valid_to
from spans
