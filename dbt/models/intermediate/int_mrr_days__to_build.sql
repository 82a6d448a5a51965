{# Every day that the books lack, and the run's own day. Asked of the database and not by ref, because the books are
   built from these days; one look at their index a day, for they are long. #}
{% set books = adapter.get_relation(this.database, 'marts', 'mrr_daily') if execute %}
{{ config(post_hook="analyze {{ this }}") }}

with first_known as (
    select min(versions.known_from_on) as first_on
    from {{ ref('int_subscriptions__valued') }} as versions
),

every_day as (
    select generate_series(first_known.first_on, {{ as_of() }}, interval '1 day')::date as as_of_date
    from first_known
)

select
    every_day.as_of_date,
    (every_day.as_of_date + 1)::timestamp at time zone 'UTC' as cutoff_at
from every_day
where
    every_day.as_of_date = {{ as_of() }}
    {%- if books %}
    or (select true from {{ books }} as built where built.as_of_date = every_day.as_of_date limit 1) is null
    {%- else %}
    or true
    {%- endif %}
