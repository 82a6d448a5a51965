{{ config(indexes=[{'columns': ['account_ref']}], post_hook="analyze {{ this }}") }}

{# What each step of the ladder says about a reference, and when: one account, several, or only that it is in use. #}

with overrides as (
    select * from {{ ref('int_account_overrides__dated') }}
),

customers as (
    select
        customer_id,
        account_id,
        {{ normal_domain('domain') }} as domain_key,
        {{ normal_name('name') }} as name_key,
        unnest(range_agg({{ known_during() }})) as known_during
    from {{ ref('stg_billing__customers') }}
    where recorded_at < {{ cutoff() }}
    group by customer_id, account_id, domain, name
),

merged as (
    select * from {{ ref('int_accounts__merged') }}
),

claimed as (
    select * from {{ ref('int_account_keys__claimed') }}
),

used as (
    select
        account_id as account_ref,
        min(recorded_at) as first_known_at
    from {{ ref('stg_billing__subscriptions') }}
    where recorded_at < {{ cutoff() }}
    group by account_id
    union all
    select
        customer_id as account_ref,
        min(lower(known_during)) as first_known_at
    from customers
    group by customer_id
),

matches as (
    select
        overrides.account_ref,
        1 as step,
        'override' as method,
        1 as n_accounts,
        merged.survivor_id as account_id,
        overrides.known_during * merged.known_during as known_during
    from overrides
    inner join merged on overrides.account_id = merged.account_id and overrides.known_during && merged.known_during
    union all
    select
        account_id as account_ref,
        2 as step,
        'crm_id' as method,
        1 as n_accounts,
        survivor_id as account_id,
        known_during
    from merged
    union all
    select
        customers.customer_id as account_ref,
        3 as step,
        'carried_id' as method,
        1 as n_accounts,
        merged.survivor_id as account_id,
        customers.known_during * merged.known_during as known_during
    from customers
    inner join merged on customers.account_id = merged.account_id and customers.known_during && merged.known_during
    union all
    select
        customers.customer_id as account_ref,
        case claimed.key_kind when 'domain' then 4 else 5 end as step,
        claimed.key_kind as method,
        claimed.n_accounts,
        claimed.account_id,
        customers.known_during * claimed.known_during as known_during
    from customers
    cross join lateral (
        values ('domain', customers.domain_key), ('name', customers.name_key)
    ) as keys (key_kind, key)
    inner join claimed
        on keys.key_kind = claimed.key_kind
        and keys.key = claimed.key
        and customers.known_during && claimed.known_during
    union all
    select
        account_ref,
        6 as step,
        null as method,
        0 as n_accounts,
        null as account_id,
        tstzrange(min(first_known_at), null) as known_during
    from used
    group by account_ref
)

select * from matches
