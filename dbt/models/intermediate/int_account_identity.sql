{{ config(indexes=[{'columns': ['account_ref']}], post_hook="analyze {{ this }}") }}

{# Every name under which a source may speak of an account, and the account that it stands for. #}
select
    account_ref,
    account_id,
    method,
    confidence,
    known_from,
    known_until
from {{ ref('int_account_identity__resolved') }}
where account_id is not null
