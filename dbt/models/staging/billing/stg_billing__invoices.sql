{{
    config(
        unique_key=['invoice_id', 'source_name', 'recorded_at'],
        indexes=[
            {'columns': ['invoice_id']},
            {'columns': ['source_name', 'batch_id']},
            {'columns': ['recorded_at']},
            {'columns': ['matters_until']},
            {'columns': ['due_on']},
        ],
    )
}}

with landed as (
    {{ landed(source('raw_billing', 'invoices')) }}
),

new_versions as (
    select
        invoice_id,
        account_id,
        subscription_id,
        issued_on,
        due_on,
        paid_on,
        amount,
        coalesce(nullif(upper(trim(currency)), ''), '{{ var("home_currency") }}') as currency,
        lower(trim(status)) as status,
        period_start_on,
        period_end_on,
        recorded_at,
        _source as source_name,
        _batch_id as batch_id
    from landed
),

versions as (
    {{ with_open_versions('new_versions', 'invoice_id', computed=('superseded_at', 'matters_until')) }}
),

ordered as (
    select
        *,
        {{ superseded_at('invoice_id') }} as superseded_at
    from versions
)

{# A settled invoice still tells for a year that it was paid late; one that is owed matters for as long as it is. #}
select
    *,
    least(
        coalesce(superseded_at, 'infinity'),
        case
            when amount <= 0 or status in ('draft', 'void') then '-infinity'
            when paid_on is not null then (paid_on + 366)::timestamp at time zone 'UTC'
            when status = 'paid' then '-infinity'
            else 'infinity'
        end::timestamptz
    ) as matters_until
from ordered
