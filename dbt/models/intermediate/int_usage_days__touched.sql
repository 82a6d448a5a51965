{{
    config(
        pre_hook="set local enable_nestloop = on",
        indexes=[{'columns': ['account_id', 'used_on']}],
        post_hook="analyze {{ this }}",
    )
}}

{# The accounts' days of use of which the facts do not know everything: what came in batches that they have not
   seen, what was recorded since the evening they stand for (it may have been landed before), and the use of names
   that nobody could place until then. Every day before the first build. #}
{%- set marks = usage_marks() %}
{%- set known_before = usage_known_before(marks) %}
{%- set known_on = usage_known_on() %}
{%- set seen_until = "date '" ~ known_before ~ "'" %}

with owners as (
    select * from {{ ref('int_usage_owners__known') }}
),

changed as (
    {% for mark in marks if known_before -%}
    select
        {{ "'account:' || account_id as owner_ref" if mark[0] == 'int_usage__totals' else 'owner_ref' }},
        used_on
    from {{ ref(mark[0]) }}
    where source_name = '{{ mark[1] }}' and batch_id > {{ mark[2] }} and recorded_on <= {{ known_on }}
    union
    {% endfor -%}
    {%- for model in ['int_usage__daily', 'int_usage__totals'] %}
    select
        {{ "'account:' || account_id as owner_ref" if model == 'int_usage__totals' else 'owner_ref' }},
        used_on
    from {{ ref(model) }}
    where
        recorded_on <= {{ known_on }}
        {%- if known_before %} and recorded_on > {{ seen_until }}{% endif %}
    union
    {%- endfor %}
    {%- for model, ours, theirs in [
        ('int_usage__active_days', 'owner_ref', 'owner_ref'), ('int_usage__totals', 'account_ref', 'account_id'),
    ] %}
    select
        owners.owner_ref,
        used.used_on
    from owners
    inner join {{ ref(model) }} as used on owners.{{ ours }} = used.{{ theirs }}
    where {{ 'owners.first_known_from >= ' ~ end_of(seen_until) if known_before else 'false' }}
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}
)

select
    owners.account_id,
    changed.used_on
from changed
inner join owners
    on changed.owner_ref = owners.owner_ref
    and {{ end_of('changed.used_on') }} > owners.stands_from
    and {{ end_of('changed.used_on') }} <= owners.stands_until
group by owners.account_id, changed.used_on
