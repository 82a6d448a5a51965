{# The days on which an owner did anything at all, by when that was recorded: a row a day instead of one a user, so that
   what is not about users is counted without reading them. The index holds all that a search for an owner's first or last
   day asks for: the rows of one owner lie far apart. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="set local enable_nestloop = on",
        indexes=[
            {'columns': ['used_on']},
            {'columns': ['owner_ref', 'is_of_events', 'used_on', 'recorded_on']},
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
        true as is_of_events,
        n_events,
        newest_recorded_at
    from daily
    union all
    select
        source_name,
        batch_id,
        'account:' || account_id as owner_ref,
        used_on,
        recorded_on,
        false as is_of_events,
        n_events,
        recorded_at as newest_recorded_at
    from totals
    where n_events > 0 or active_users > 0
)

select
    source_name,
    owner_ref,
    used_on,
    recorded_on,
    is_of_events,
    sum(n_events) as n_events,
    max(newest_recorded_at) as newest_recorded_at,
    max(batch_id) as batch_id
from uses
group by source_name, owner_ref, used_on, recorded_on, is_of_events
order by used_on, owner_ref
