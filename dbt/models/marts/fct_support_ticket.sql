{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='ticket_id',
        pre_hook="set local enable_nestloop = on",
        indexes=[
            {'columns': ['ticket_id']},
            {'columns': ['known_from']},
            {'columns': ['opened_at']},
            {'columns': ['account_id']},
        ],
    )
}}

{# All versions that were landed, by when each was known: a day's state is the version that known_from and known_until
   put on its evening. The account is the one that the reference stands for by all that is known now. #}

with versions as (
    select * from {{ ref('stg_support__tickets') }}
    {% if is_incremental() -%}
    where ticket_id = any(array(
        {{ restated_keys(ref('stg_support__tickets'), 'ticket_id', ref('int_account_identity')) }}
    ))
    {%- endif %}
),

identity as (
    select * from {{ ref('int_account_identity') }}
    where known_until is null
)

select
    versions.ticket_id,
    versions.recorded_at as known_from,
    versions.superseded_at as known_until,
    identity.account_id,
    versions.account_id as account_ref,
    versions.priority,
    versions.status,
    versions.opened_at,
    versions.first_reply_at,
    {{ reply_due_at('versions') }} as reply_due_at,
    round(extract(epoch from versions.first_reply_at - versions.opened_at) / 60, 2) as first_reply_minutes,
    versions.first_reply_at > {{ reply_due_at('versions') }} as sla_breached,
    versions.solved_at,
    round(extract(epoch from versions.solved_at - versions.opened_at) / 3600, 2) as resolution_hours,
    versions.csat,
    versions.is_escalated,
    versions.source_name
from versions
left join identity on versions.account_id = identity.account_ref
where versions.superseded_at is distinct from versions.recorded_at
