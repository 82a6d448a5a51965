with source as (
    select * from {{ source('raw_crm', 'milestones') }}
    where recorded_at < {{ cutoff() }}
),

versions as (
    select
        milestone_id,
        account_id,
        milestone,
        achieved_at,
        recorded_at,
        {{ superseded_at('milestone_id') }} as superseded_at
    from source
)

select * from versions
