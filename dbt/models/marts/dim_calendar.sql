{{ config(materialized='table') }}

with days as (
    select generate_series(
        date '{{ var("calendar_first_on") }}', date '{{ var("calendar_last_on") }}', interval '1 day'
    )::date as date_day
),

{# An empty list stands for no row, so each is led by one that fits no day. #}
yearly_holidays (month_day, holiday) as (
    values
    ('', '')
    {%- for holiday in var('yearly_holidays') %}
    , ('{{ holiday["day"] }}', '{{ holiday["name"] | replace("'", "''") }}')
    {%- endfor %}
),

dated_holidays (date_day, holiday) as (
    values
    (date '-infinity', '')
    {%- for holiday in var('dated_holidays') %}
    , (date '{{ holiday["day"] }}', '{{ holiday["name"] | replace("'", "''") }}')
    {%- endfor %}
),

named as (
    select
        days.date_day,
        to_char(days.date_day, 'MM-DD') as month_day,
        extract(isodow from days.date_day)::integer as iso_weekday,
        coalesce(dated_holidays.holiday, yearly_holidays.holiday) as holiday
    from days
    left join yearly_holidays on to_char(days.date_day, 'MM-DD') = yearly_holidays.month_day
    left join dated_holidays on days.date_day = dated_holidays.date_day
),

described as (
    select
        date_day,
        iso_weekday,
        extract(week from date_day)::integer as iso_week,
        extract(isoyear from date_day)::integer as iso_year,
        date_trunc('week', date_day)::date as week_start_on,
        date_trunc('month', date_day)::date as month_start_on,
        date_trunc('quarter', date_day)::date as quarter_start_on,
        extract(month from date_day)::integer as calendar_month,
        extract(quarter from date_day)::integer as calendar_quarter,
        extract(year from date_day)::integer as calendar_year,
        iso_weekday = 7 as is_week_end,
        date_day = (date_trunc('month', date_day) + interval '1 month - 1 day')::date as is_month_end,
        date_day = (date_trunc('quarter', date_day) + interval '3 months - 1 day')::date as is_quarter_end,
        month_day = '12-31' as is_year_end,
        holiday,
        iso_weekday not in ({{ var('weekend') | join(', ') }}) and holiday is null as is_business_day,
        case
        {%- for season in var('low_seasons') %}
            {%- set joined = 'and' if season['start'] < season['until'] else 'or' %}
            when month_day >= '{{ season["start"] }}' {{ joined }} month_day < '{{ season["until"] }}'
                then '{{ season["season"] }}'
        {%- endfor %}
                when false then ''
        end as low_season
    from named
)

select * from described
