{% snapshot settings_history %}

{{
    config(
        unique_key='setting_key',
        strategy='check',
        check_cols=['setting'],
        hard_deletes='invalidate',
    )
}}

{% set history = adapter.get_relation(this.database, this.schema, this.identifier) if execute %}

{# Every row of the seeds that people edit, as text: one history serves them all. #}
with seeds as (
    select
        'fx_rates/' || currency || '/' || valid_from as setting_key,
        to_jsonb(fx_rates)::text as setting
    from {{ ref('fx_rates') }} as fx_rates
    union all
    select
        'seed_assumption/' || name || '/' || valid_from as setting_key,
        to_jsonb(assumptions)::text as setting
    from {{ ref('seed_assumption') }} as assumptions
    union all
    select
        'seed_goal/' || level || '/' || subject || '/' || metric || '/' || valid_from as setting_key,
        to_jsonb(goals)::text as setting
    from {{ ref('seed_goal') }} as goals
    union all
    select
        'seed_benchmark/' || metric || '/' || segment || '/' || source as setting_key,
        to_jsonb(benchmarks)::text as setting
    from {{ ref('seed_benchmark') }} as benchmarks
)

{% if history %}
{# An older day that is built again learns nothing of what holds today: it leaves the history as it is. #}
, newest as (
    select max(greatest(dbt_valid_from, dbt_valid_to)) at time zone 'UTC' > {{ cutoff() }} as is_later
    from {{ history }}
)

select seeds.* from seeds
cross join newest
where not newest.is_later
union all
select
    kept.setting_key,
    kept.setting
from {{ history }} as kept
cross join newest
where newest.is_later and kept.dbt_valid_to is null
{% else %}
select * from seeds
{% endif %}

{% endsnapshot %}
