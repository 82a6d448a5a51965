{# The canonical tables and the staging model that takes in each. #}
{% macro staged_tables() -%}
    {{ return({
        'accounts': 'stg_crm__accounts',
        'contacts': 'stg_crm__contacts',
        'users': 'stg_crm__csms',
        'opportunities': 'stg_crm__opportunities',
        'interactions': 'stg_crm__interactions',
        'sentiments': 'stg_crm__sentiments',
        'milestones': 'stg_crm__milestones',
        'customers': 'stg_billing__customers',
        'subscriptions': 'stg_billing__subscriptions',
        'invoices': 'stg_billing__invoices',
        'payments': 'stg_billing__payments',
        'churn_events': 'stg_billing__churn_events',
        'usage_events': 'stg_usage__events',
        'usage_daily': 'stg_usage__totals',
        'tickets': 'stg_support__tickets',
        'surveys': 'stg_support__surveys',
    }) }}
{%- endmacro %}

{# (table, source, newest batch of both that stg_batches has, or 0). #}
{% macro newest_batches_by_table() -%}
    {%- set question -%}
        select tables.relname, substr(namespaces.nspname, 5), coalesce(max(known.batch_id), 0)
        from pg_inherits as partitions
        inner join pg_class as tables on partitions.inhrelid = tables.oid
        inner join pg_namespace as namespaces on tables.relnamespace = namespaces.oid
        left join {{ this }} as known
            on tables.relname = known.table_name and substr(namespaces.nspname, 5) = known.source_name
        where namespaces.nspname like 'raw\_%'
        group by 1, 2
        order by 1, 2
    {%- endset -%}
    {{ return(run_query(question).rows) }}
{%- endmacro %}

{# Whose rows can change a label: departures, and who is an account of whom. #}
{% macro label_tables() -%}
    {{ return(['accounts', 'customers', 'subscriptions', 'churn_events']) }}
{%- endmacro %}

{# Take out the rows of the days that are built now: a day that has none any more must not keep its old ones. #}
{% macro delete_days(column, days) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ column }} = any(array(select days.{{ column }} from {{ days }} as days))
    {%- endif -%}
{%- endmacro %}
