{{ config(indexes=[{'columns': ['as_of_date', 'account_id']}], post_hook="analyze {{ this }}") }}

with accounts as (
    select * from {{ ref('int_accounts__as_of') }}
),

streams as (
    select * from {{ ref('int_streams__started') }}
),

tickets as (
    select * from {{ ref('int_account_tickets__as_of') }}
),

bills as (
    select * from {{ ref('int_account_bills__as_of') }}
),

people as (
    select * from {{ ref('int_account_people__as_of') }}
),

opinions as (
    select * from {{ ref('int_account_opinions__as_of') }}
),

{# No row means nought where the company has such rows at all, and unknown where it has none. #}
joined as (
    select
        accounts.as_of_date,
        accounts.account_id,
        case when streams.has_tickets then coalesce(tickets.tickets_28d, 0) end as tickets_28d,
        case when streams.has_tickets then coalesce(tickets.tickets_30d, 0) end as tickets_30d,
        case when streams.has_tickets then coalesce(tickets.tickets_84d, 0) end as tickets_84d,
        case when streams.has_tickets then coalesce(tickets.urgent_tickets_28d, 0) end as urgent_tickets_28d,
        case when streams.has_tickets then coalesce(tickets.tickets_open, 0) end as tickets_open,
        case when streams.has_tickets then coalesce(tickets.tickets_urgent_open, 0) end as tickets_urgent_open,
        tickets.oldest_open_ticket_days,
        tickets.csat_84d,
        tickets.csat_90d,
        tickets.csat_age_days,
        tickets.first_reply_minutes_84d,
        case
            when tickets.account_id is not null then tickets.sla_breaches_84d
            when streams.has_tickets then 0
        end as sla_breaches_84d,
        case when streams.has_payments then coalesce(bills.failed_payments_30d, 0) end as failed_payments_30d,
        case when streams.has_payments then coalesce(bills.failed_payments_84d, 0) end as failed_payments_84d,
        case when streams.has_invoices then coalesce(bills.days_past_due, 0) end as days_past_due,
        case
            when bills.days_past_due is not null then bills.overdue_usd
            when streams.has_invoices then 0
        end as overdue_usd,
        case when streams.has_invoices then coalesce(bills.late_payments_365d, 0) end as late_payments_365d,
        case when streams.has_payments then coalesce(bills.refunds_84d, 0) end as refunds_84d,
        people.champion_last_seen_days_ago,
        people.last_touch_days_ago,
        case when streams.has_interactions then coalesce(people.touches_84d, 0) end as touches_84d,
        opinions.nps_latest,
        opinions.nps_age_days,
        opinions.sentiment_rating,
        opinions.sentiment_age_days,
        greatest(
            tickets.newest_recorded_at,
            bills.newest_recorded_at,
            people.newest_recorded_at,
            opinions.newest_recorded_at
        ) as newest_recorded_at
    from accounts
    inner join streams on accounts.as_of_date = streams.as_of_date
    left join tickets
        on accounts.as_of_date = tickets.as_of_date and accounts.account_id = tickets.account_id
    left join bills
        on accounts.as_of_date = bills.as_of_date and accounts.account_id = bills.account_id
    left join people
        on accounts.as_of_date = people.as_of_date and accounts.account_id = people.account_id
    left join opinions
        on accounts.as_of_date = opinions.as_of_date and accounts.account_id = opinions.account_id
)

select * from joined
