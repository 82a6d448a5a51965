{# What people decided (config/identity.yml): an override holds from its day on, until the next one of its reference. #}
with listed (account_ref, account_id, set_on) as (
    values
    {%- for override in var('identity_overrides') %}
    ({{ sql_texts([override['account_ref'], override['account_id'], override['set_on']]) }}),
    {%- endfor %}
    (null, null, null)
),

dated as (
    select
        account_ref,
        account_id,
        set_on::timestamp at time zone 'UTC' as set_at
    from listed
    where account_ref is not null
)

select
    account_ref,
    account_id,
    tstzrange(set_at, lead(set_at) over (partition by account_ref order by set_at)) as known_during
from dated
where set_at < {{ cutoff() }}
