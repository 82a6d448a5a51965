{{ config(tags=['reconciliation']) }}

{# A batch that is taken in and not marked would touch its days again every night. #}
select batches.source_name
from {{ ref('stg_batches') }} as batches
left join {{ ref('usage_facts_built') }} as built
    on batches.source_name = built.source_name
    and built.model = case batches.table_name when 'usage_events' then 'int_usage__daily' else 'int_usage__totals' end
where batches.table_name in ('usage_events', 'usage_daily') and built.source_name is null
