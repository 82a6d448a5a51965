{{ config(tags=['reconciliation']) }}

with known as (
    select csms.csm_id
    from {{ ref('stg_crm__csms') }} as csms
    where {{ known_at('csms', cutoff()) }}
),

csms as (
    select csm_id from {{ ref('dim_csm') }}
    where as_of_date = {{ as_of() }}
)

select
    known.csm_id as csm_that_the_crm_knew,
    csms.csm_id as csm_of_the_day
from known
full outer join csms on known.csm_id = csms.csm_id
where known.csm_id is null or csms.csm_id is null
