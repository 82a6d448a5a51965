select
    null::date as known_on,
    null::text as mart,
    null::text as account_id,
    null::date as restated_on,
    null::text as measure,
    null::numeric as old_value,
    null::numeric as new_value,
    null::text as cause,
    null::bigint as n_late_rows
where false
