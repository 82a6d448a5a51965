{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='interaction_id',
        pre_hook="set local enable_nestloop = on",
        indexes=[
            {'columns': ['interaction_id']},
            {'columns': ['known_from']},
            {'columns': ['occurred_at']},
            {'columns': ['account_id']},
        ],
    )
}}

{# All versions that were landed, by when each was known: a day's state is the version that known_from and known_until
   put on its evening. The account is the one that the reference stands for by all that is known now. #}

with versions as (
    select * from {{ ref('stg_crm__interactions') }}
    {% if is_incremental() -%}
    where interaction_id = any(array(
        {{ restated_keys(ref('stg_crm__interactions'), 'interaction_id', ref('int_account_identity')) }}
    ))
    {%- endif %}
),

identity as (
    select * from {{ ref('int_account_identity') }}
    where known_until is null
)

select
    versions.interaction_id,
    versions.recorded_at as known_from,
    versions.superseded_at as known_until,
    identity.account_id,
    versions.account_id as account_ref,
    versions.csm_id,
    versions.kind,
    versions.outcome,
    versions.occurred_at,
    round(extract(epoch from versions.recorded_at - versions.occurred_at) / 3600, 2) as recorded_after_hours,
    versions.source_name
from versions
left join identity on versions.account_id = identity.account_ref
where versions.superseded_at is distinct from versions.recorded_at
