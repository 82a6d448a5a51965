{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with days as (
    select * from {{ ref('int_days__to_build') }}
),

refs as (
    select * from {{ ref('int_account_refs__as_of') }}
),

interactions as (
    select * from {{ ref('stg_crm__interactions') }}
),

contacts as (
    select * from {{ ref('stg_crm__contacts') }}
),

seen as (
    select
        days.as_of_date,
        interactions.account_id as account_ref,
        'touch' as kind,
        interactions.occurred_at as happened_at,
        interactions.recorded_at
    from days
    inner join interactions
        on
            days.cutoff_at > interactions.occurred_at
            and days.cutoff_at - interval '84 days' <= interactions.occurred_at
            and {{ known_at('interactions', 'days.cutoff_at') }}
    union all
    select
        days.as_of_date,
        contacts.account_id as account_ref,
        'champion' as kind,
        contacts.last_seen_at as happened_at,
        contacts.recorded_at
    from days
    inner join contacts on days.cutoff_at > contacts.recorded_at and days.cutoff_at <= contacts.matters_until
    where contacts.is_champion and contacts.last_seen_at < days.cutoff_at
),

{# Who had no touch for 84 days: the newest older one is the first entry of an index, however long the history. Asked of
   the table itself: what is named twice in a query is first copied, without its index. #}
earlier as (
    select
        refs.as_of_date,
        refs.account_ref,
        'earlier_touch' as kind,
        touch.occurred_at as happened_at,
        touch.recorded_at
    from refs
    cross join lateral (
        select interactions.* from {{ ref('stg_crm__interactions') }} as interactions
        where
            interactions.account_id = refs.account_ref
            and interactions.occurred_at < refs.cutoff_at - interval '84 days'
            and {{ known_at('interactions', 'refs.cutoff_at') }}
        order by interactions.occurred_at desc
        limit 1
    ) as touch
    where not exists (
        select 1 from seen
        where seen.as_of_date = refs.as_of_date and seen.account_ref = refs.account_ref and seen.kind = 'touch'
    )
),

found as (
    select * from seen
    union all
    select * from earlier
),

resolved as (
    select
        refs.as_of_date,
        refs.account_id,
        found.kind,
        refs.as_of_date - (found.happened_at at time zone 'UTC')::date as days_ago,
        found.recorded_at
    from refs
    inner join found on refs.as_of_date = found.as_of_date and refs.account_ref = found.account_ref
)

select
    as_of_date,
    account_id,
    min(days_ago) filter (where kind in ('touch', 'earlier_touch')) as last_touch_days_ago,
    count(*) filter (where kind = 'touch') as touches_84d,
    min(days_ago) filter (where kind = 'champion') as champion_last_seen_days_ago,
    max(recorded_at) as newest_recorded_at
from resolved
group by as_of_date, account_id
