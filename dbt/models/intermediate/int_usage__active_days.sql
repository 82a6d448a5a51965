{# The days on which an owner did anything at all: a row a day instead of one a user, so that twelve weeks of everybody
   are counted twice over without reading what they did. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="set local enable_nestloop = on",
        indexes=[
            {'columns': ['used_on']},
            {'columns': ['owner_ref', 'used_on']},
            {'columns': ['source_name', 'batch_id']},
        ],
    )
}}

with daily as (
    {{ newly_landed(ref('int_usage__daily'), source('raw_usage', 'usage_events')) }}
),

totals as (
    {{ newly_landed(ref('int_usage__totals'), source('raw_usage', 'usage_daily')) }}
),

uses as (
    select
        source_name,
        batch_id,
        owner_ref,
        used_on,
        recorded_on,
        true as is_of_events
    from daily
    union all
    select
        source_name,
        batch_id,
        'account:' || account_id as owner_ref,
        used_on,
        recorded_on,
        false as is_of_events
    from totals
    where n_events > 0 or active_users > 0
)

select
    source_name,
    owner_ref,
    used_on,
    is_of_events,
    min(recorded_on) as recorded_on,
    max(batch_id) as batch_id
from uses
group by source_name, owner_ref, used_on, is_of_events
order by used_on, owner_ref
