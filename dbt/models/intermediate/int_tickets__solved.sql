{{ config(post_hook="analyze {{ this }}") }}

{# The tickets that were solved within the 90 days up to the run's evening, as known on it. A median of all cannot be
   had from the medians of the accounts. #}
with tickets as (
    select * from {{ ref('stg_support__tickets') }} as tickets
    where
        tickets.matters_until between {{ cutoff() }} and 'infinity'
        and {{ known_at('tickets', cutoff()) }}
        and tickets.solved_at >= {{ cutoff() }} - interval '90 days'
        and tickets.solved_at < {{ cutoff() }}
),

identity as (
    select * from {{ ref('int_account_identity') }}
)

select
    tickets.ticket_id,
    identity.account_id,
    {# Solved before it was opened is a slip of the source, and no time at all. #}
    case
        when tickets.solved_at >= tickets.opened_at
            then round(extract(epoch from tickets.solved_at - tickets.opened_at) / 3600, 2)
    end as resolution_hours
from tickets
inner join identity
    on tickets.account_id = identity.account_ref and {{ resolved_at('identity', cutoff()) }}
