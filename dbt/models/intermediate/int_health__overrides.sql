{# The overrides of config/health_overrides.yml as rows. No two of an account are in force on one day. #}
{{ config(materialized='view') }}

select *
from (
    values
    (null, null::numeric, null::numeric, null, null, null, null::date, null::date)
    {%- for override in var('health_overrides') %},
    (
        '{{ override["account_id"] }}',
        {{ override.get('cap', 'null') }}::numeric,
        {{ override.get('floor', 'null') }}::numeric,
        {% if 'band' in override %}'{{ override["band"] }}'{% else %}null{% endif %},
        '{{ override["reason"] | replace("'", "''") }}',
        '{{ override["author"] | replace("'", "''") }}',
        date '{{ override["set_on"] }}',
        date '{{ override["expires_on"] }}'
    )
    {%- endfor %}
) as overrides (account_id, cap, floor, band, reason, author, set_on, expires_on)
where account_id is not null
