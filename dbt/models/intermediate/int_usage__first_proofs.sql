{# The first day of each thing that may prove a step or a milestone, by owner. A row more where a day that lies earlier
   was learned later, so that every evening finds what it knew; nothing is taken back. Use and features are read from
   their daily rows; of single events and of metrics, those that config/onboarding.yml asks for. A row without an owner
   says which those were: after a new one there, the history is read once more. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=["set local enable_nestloop = on", "set local work_mem = '256MB'"],
        indexes=[{'columns': ['owner_ref', 'proof']}, {'columns': ['source_name', 'batch_id']}],
    )
}}

{%- set asked_events = [] %}
{%- set asked = [] %}
{%- for proof in var('onboarding_proofs') %}
    {%- if proof.startswith('event:') %}{% do asked_events.append(proof[6:]) %}{% endif %}
    {%- if proof.startswith('event:') or proof.startswith('metric:') %}{% do asked.append(proof) %}{% endif %}
{%- endfor %}
{%- set newly_asked = proofs_never_looked_for(asked) %}

with daily as (
    {{ newly_landed(ref('int_usage__daily'), source('raw_usage', 'usage_events')) }}
),

features as (
    {{ newly_landed(ref('int_usage__features'), source('raw_usage', 'usage_events')) }}
),

events as (
    {{ newly_landed(ref('stg_usage__events'), source('raw_usage', 'usage_events'), all_of_it=newly_asked) }}
),

totals as (
    {{ newly_landed(ref('stg_usage__totals'), source('raw_usage', 'usage_daily'), all_of_it=newly_asked) }}
),

seen as (
    select
        owner_ref,
        'use:any' as proof,
        recorded_on,
        used_on as proven_on
    from daily
    union all
    select
        owner_ref,
        'feature:' || feature as proof,
        recorded_on,
        used_on as proven_on
    from features
    union all
    select
        coalesce('account:' || account_id, 'subscription:' || subscription_id) as owner_ref,
        'event:' || event_name as proof,
        (recorded_at at time zone 'UTC')::date as recorded_on,
        (occurred_at at time zone 'UTC')::date as proven_on
    from events
    where event_name = any(array['{{ asked_events | join("', '") }}'])
    union all
    select
        'account:' || totals.account_id as owner_ref,
        proofs.proof,
        totals.recorded_on,
        totals.used_on as proven_on
    from totals
    cross join lateral (
        values
        (case when totals.n_events > 0 and totals.feature <> 'all' then 'feature:' || totals.feature end),
        (case when totals.n_events > 0 or totals.active_users > 0 then 'use:any' end)
        {%- for each in var('onboarding_metrics') %},
        (
            case
                when totals.{{ each['metric'] }} >= {{ each['at_least'] }}
                    then 'metric:{{ each["metric"] }}>={{ each["at_least"] }}'
            end
        )
        {%- endfor %}
    ) as proofs (proof)
),

first_of_day as (
    select
        owner_ref,
        proof,
        recorded_on,
        min(proven_on) as proven_on
    from seen
    where proof is not null
    group by owner_ref, proof, recorded_on
),

compared as (
    select
        *,
        min(proven_on) over (
            partition by owner_ref, proof
            order by recorded_on
            rows between unbounded preceding and 1 preceding
        ) as known_before
    from first_of_day
)

select
    owner_ref,
    proof,
    proven_on,
    recorded_on,
    null::text as source_name,
    null::bigint as batch_id
from compared
where
    (known_before is null or proven_on < known_before)
    {% if is_incremental() -%}
    and not exists (
        select 1 from {{ this }} as built
        where
            built.owner_ref = compared.owner_ref
            and built.proof = compared.proof
            and built.proven_on <= compared.proven_on
            and built.recorded_on <= compared.recorded_on
    )
    {%- endif %}
union all
{# How far each source was read, also when it proved nothing new: where the next build goes on. #}
select
    null as owner_ref,
    null as proof,
    null as proven_on,
    null as recorded_on,
    source_name,
    max(batch_id) as batch_id
from {{ ref('stg_batches') }}
where table_name in ('usage_events', 'usage_daily')
group by source_name
{%- for proof in newly_asked %}
union all
select
    null as owner_ref,
    '{{ proof }}' as proof,
    null as proven_on,
    null as recorded_on,
    null as source_name,
    null as batch_id
{%- endfor %}
