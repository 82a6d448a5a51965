{# When a ticket's first reply is due; null for a priority without a limit in config/support.yml. #}
{% macro reply_due_at(ticket) -%}
    {{ ticket }}.opened_at + case
        when {{ ticket }}.priority is null then null::interval
        {%- for limit in var('first_reply_limits') %}
        when {{ ticket }}.priority = '{{ limit["priority"] }}' then interval '{{ limit["minutes"] }} minutes'
        {%- endfor %}
    end
{%- endmacro %}
