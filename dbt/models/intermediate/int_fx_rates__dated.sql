{{ config(materialized='view') }}

select
    currency,
    valid_from,
    lead(valid_from) over (partition by currency order by valid_from) as valid_until,
    usd_per_unit
from {{ ref('fx_rates') }}
