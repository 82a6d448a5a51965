{{ config(tags=['reconciliation']) }}

{# What was landed last is in the open row of its account, and each account has exactly one open row. #}
with newest as (
    select
        account_id,
        segment,
        csm_id
    from {{ ref('stg_crm__accounts') }}
    where matters_until = 'infinity'
),

open_rows as (
    select
        account_id,
        min(segment) as segment,
        min(csm_id) as csm_id,
        count(*) as n_rows
    from {{ ref('dim_account_history') }}
    where valid_to is null
    group by account_id
)

select
    newest.account_id,
    open_rows.account_id as account_id_of_the_history,
    open_rows.n_rows
from newest
full outer join open_rows on newest.account_id = open_rows.account_id
where
    open_rows.n_rows is distinct from 1
    or row(newest.segment, newest.csm_id) is distinct from row(open_rows.segment, open_rows.csm_id)
