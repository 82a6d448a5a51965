{{ config(tags=['reconciliation']) }}

{# Counted at the source, of the accounts that have not left. #}
with touched as (
    select count(*) as n_touches
    from {{ ref('stg_crm__interactions') }} as interactions
    inner join {{ ref('int_account_identity') }} as identity
        on interactions.account_id = identity.account_ref and {{ resolved_at('identity', cutoff()) }}
    inner join {{ ref('fct_account_days') }} as account_days
        on identity.account_id = account_days.account_id and account_days.as_of_date = {{ as_of() }}
    where
        account_days.lifecycle <> 'churned'
        and interactions.recorded_at >= date_trunc('week', {{ as_of() }})::timestamp at time zone 'UTC'
        and {{ known_at('interactions', cutoff()) }}
        and (interactions.occurred_at at time zone 'UTC')::date
        between date_trunc('week', {{ as_of() }})::date and {{ as_of() }}
),

team as (
    select coalesce(sum(n_touches), 0) as n_touches
    from {{ ref('mart_team_weekly') }}
    where as_of_date = {{ as_of() }} and csm_id <> 'all'
)

select *
from touched
cross join team
where touched.n_touches <> team.n_touches
