select
    {{ as_of() }} as as_of_date,
    {{ cutoff() }} as cutoff_at
