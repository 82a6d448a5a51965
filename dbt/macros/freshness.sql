{# When the newest row of a source was recorded, of what was known by the run's cutoff. All tables of a source answer
   alike: config/gates.yml limits roles, and a quiet table is not stale while its neighbours are alive.

   Only as far back as matters: the BRIN index on recorded_at finds those pages. Older, or never, is empty, and dbt takes
   an empty answer for infinitely old. #}
{% macro newest_recorded_at(source_node) -%}
    select max(newest.recorded_at) from (
    {%- for table in graph.sources.values() if table.source_name == source_node.source_name %}
        select max(recorded_at) as recorded_at
        from {{ table.schema }}.{{ table.identifier }}
        where recorded_at < {{ cutoff() }}
            and recorded_at >= {{ cutoff() }} - interval '{{ source_node.freshness.warn_after.count + 1 }} days'
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
    ) as newest
{%- endmacro %}
