{{ config(post_hook="analyze {{ this }}") }}

{# Touches of the run's ISO week, by account. A touch is recorded no earlier than it happened, so the index on
   recorded_at finds the week and nothing of the history is read. #}
with touches as (
    select * from {{ ref('stg_crm__interactions') }} as interactions
    where
        interactions.recorded_at >= date_trunc('week', {{ as_of() }})::timestamp at time zone 'UTC'
        and {{ known_at('interactions', cutoff()) }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
)

select
    identity.account_id,
    count(*) as n_touches,
    max(touches.occurred_at) as last_touch_at
from touches
inner join identity
    on touches.account_id = identity.account_ref and {{ resolved_at('identity', cutoff()) }}
where
    touches.occurred_at >= date_trunc('week', {{ as_of() }})::timestamp at time zone 'UTC'
    and touches.occurred_at < {{ cutoff() }}
group by identity.account_id
