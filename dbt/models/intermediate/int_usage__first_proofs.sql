{# The first day of each thing that may prove a step or a milestone, by owner. A row more where a day that lies earlier
   was learned later, so that every evening finds what it knew; nothing is taken back. The metrics are those that
   config/onboarding.yml asks for: after a new one, build this model once with --full-refresh. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=["set local enable_nestloop = on", "set local work_mem = '256MB'"],
        indexes=[{'columns': ['owner_ref', 'proof']}, {'columns': ['source_name', 'batch_id']}],
    )
}}

with events as (
    {{ newly_landed(ref('stg_usage__events'), source('raw_usage', 'usage_events')) }}
),

totals as (
    {{ newly_landed(ref('stg_usage__totals'), source('raw_usage', 'usage_daily')) }}
),

events_by_day as (
    select
        coalesce('account:' || account_id, 'subscription:' || subscription_id) as owner_ref,
        event_name,
        feature,
        (recorded_at at time zone 'UTC')::date as recorded_on,
        (min(occurred_at) at time zone 'UTC')::date as proven_on
    from events
    group by
        coalesce('account:' || account_id, 'subscription:' || subscription_id),
        event_name,
        feature,
        (recorded_at at time zone 'UTC')::date
),

seen as (
    select
        events_by_day.owner_ref,
        proofs.proof,
        events_by_day.recorded_on,
        events_by_day.proven_on
    from events_by_day
    cross join lateral (
        values
        ('event:' || events_by_day.event_name),
        ('feature:' || events_by_day.feature),
        ('use:any')
    ) as proofs (proof)
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
    batches.source_name,
    max(batches.batch_id) as batch_id
from (
    select
        source_name,
        batch_id
    from events
    union all
    select
        source_name,
        batch_id
    from totals
) as batches
group by batches.source_name
