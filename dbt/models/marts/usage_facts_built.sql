{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['model', 'source_name']) }}

-- depends_on: {{ ref('fct_usage_daily') }}, {{ ref('fct_feature_usage_daily') }}, {{ ref('restatements') }}
-- depends_on: {{ ref('int_usage__daily') }}, {{ ref('int_usage__totals') }}
{# Written after all three marts: a build that dies before finds the same days touched again. #}
{%- for mark in usage_marks() %}
select
    '{{ mark[0] }}' as model,
    '{{ mark[1] }}' as source_name,
    coalesce(
        (select max(taken_in.batch_id) from {{ ref(mark[0]) }} as taken_in where taken_in.source_name = '{{ mark[1] }}'),
        0
    ) as batch_id,
    {{ usage_known_on() }} as known_on
{{ 'union all' if not loop.last }}
{%- else %}
select
    null as model,
    null as source_name,
    0::bigint as batch_id,
    {{ as_of() }} as known_on
where false
{%- endfor %}
