{{ config(indexes=[{'columns': ['key_kind', 'key']}], post_hook="analyze {{ this }}") }}

with names as (
    select
        account_id,
        {{ normal_domain('domain') }} as domain_key,
        {{ normal_name('name') }} as name_key,
        unnest(range_agg({{ known_during() }})) as known_during
    from {{ ref('stg_crm__accounts') }}
    where recorded_at < {{ cutoff() }}
    group by account_id, domain, name
),

merged as (
    select * from {{ ref('int_accounts__merged') }}
),

keys as (
    select
        account_id,
        'domain' as key_kind,
        domain_key as key,
        known_during
    from names
    where
        domain_key is not null
        and domain_key <> all(array[{{ sql_texts(var('identity_free_mail_domains')) }}]::text[])
    union all
    select
        account_id,
        'name' as key_kind,
        name_key as key,
        known_during
    from names
    where name_key is not null
),

{# What a merged account was called still points at who took it over. #}
claims as (
    select
        keys.key_kind,
        keys.key,
        merged.survivor_id as account_id,
        unnest(range_agg(keys.known_during * merged.known_during)) as known_during
    from keys
    inner join merged
        on keys.account_id = merged.account_id
        and keys.known_during && merged.known_during
    group by keys.key_kind, keys.key, merged.survivor_id
),

{# How many claim a key changes where a claim begins or ends: counted along time, claims are not compared pairwise. #}
steps as (
    select
        key_kind,
        key,
        lower(known_during) as stepped_at,
        1 as step
        from claims
    union all
    select
        key_kind,
        key,
        upper(known_during) as stepped_at,
        -1 as step
        from claims
    where not upper_inf(known_during)
),

counted as (
    select
        key_kind,
        key,
        sum(sum(step)) over (partition by key_kind, key order by stepped_at) as n_accounts,
        tstzrange(
            stepped_at, lead(stepped_at) over (partition by key_kind, key order by stepped_at)
        ) as known_during
    from steps
    group by key_kind, key, stepped_at
)

select
    counted.key_kind,
    counted.key,
    counted.n_accounts,
    claims.account_id,
    counted.known_during
from counted
left join claims
    on counted.key_kind = claims.key_kind
    and counted.key = claims.key
    and counted.n_accounts = 1
    and claims.known_during @> lower(counted.known_during)
where counted.n_accounts > 0
