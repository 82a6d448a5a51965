{{ config(tags=['reconciliation']) }}

{# The account list, the team board and the KPI tiles count the same accounts and the same money. #}
with facts as (
    select
        count(*) as n_accounts,
        coalesce(sum(arr_usd), 0) as arr_usd
    from {{ ref('fct_account_days') }}
    where as_of_date = {{ as_of() }} and lifecycle <> 'churned'
),

boards as (
    select
        'mart_account_today' as board,
        count(*) as n_accounts,
        coalesce(sum(arr_usd), 0) as arr_usd
    from {{ ref('mart_account_today') }}
    where as_of_date = {{ as_of() }} and is_customer
    union all
    select
        'mart_team_weekly, all' as board,
        coalesce(sum(n_accounts), 0) as n_accounts,
        coalesce(sum(arr_usd), 0) as arr_usd
    from {{ ref('mart_team_weekly') }}
    where as_of_date = {{ as_of() }} and csm_id = 'all'
    union all
    select
        'mart_team_weekly, by CSM' as board,
        coalesce(sum(n_accounts), 0) as n_accounts,
        coalesce(sum(arr_usd), 0) as arr_usd
    from {{ ref('mart_team_weekly') }}
    where as_of_date = {{ as_of() }} and csm_id <> 'all'
    union all
    select
        'mart_kpi_daily' as board,
        coalesce(sum(n_accounts), 0) as n_accounts,
        coalesce(sum(arr_usd), 0) as arr_usd
    from {{ ref('mart_kpi_daily') }}
    where as_of_date = {{ as_of() }} and segment = 'all'
)

select *
from boards
cross join facts
where boards.n_accounts <> facts.n_accounts or boards.arr_usd <> facts.arr_usd
