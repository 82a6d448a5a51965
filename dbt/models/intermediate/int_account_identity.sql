{{ config(indexes=[{'columns': ['account_ref']}], post_hook="analyze {{ this }}") }}

{# Every name under which a source may speak of an account, and the account that it stands for. #}
select distinct
    account_id as account_ref,
    account_id,
    '-infinity'::timestamptz as known_from,
    null::timestamptz as known_until
from {{ ref('stg_crm__accounts') }}
