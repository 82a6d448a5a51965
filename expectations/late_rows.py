"""Gate 2's count of rows that were delivered later than the window within which finished days are built again."""

from psycopg import sql

from config.mrr import load_mrr_policy
from config.run import Run
from expectations.finding import Finding
from expectations.session import Connection, exists

# Batch by batch: what a source gave first is lacked by no finished day, what it gives afterwards may be.
_LATE = sql.SQL(
    """with lacking as (
        select batches.table_name, batches.source_name, batches.n_rows_before_window, batches.earliest_recorded_at,
            (
                select count(*) from marts.churn_days_built as built
                where built.what = 'features' and built.built_with < batches.taken_in
                    and built.built_for < %(as_of)s - %(window)s
                    and (built.built_for + 1)::timestamp at time zone 'UTC' > batches.earliest_recorded_at
            ) as n_days
        from staging.stg_batches as batches
        where batches.taken_in_on = %(as_of)s and batches.n_rows_before_window > 0
    )
    select table_name, source_name, sum(n_rows_before_window)::bigint,
        (min(earliest_recorded_at) at time zone 'UTC')::date, max(n_days)
    from lacking where n_days > 0 group by 1, 2 order by 1, 2"""
)


def late_row_checks(connection: Connection, run: Run) -> list[Finding]:
    """One warning for each table and source whose rows of today belong to days that are not built again for them."""
    if not exists(connection, "staging.stg_batches") or not exists(connection, "marts.churn_days_built"):
        return []
    window = load_mrr_policy().restatement_days
    rows = connection.execute(_LATE, {"as_of": run.as_of, "window": window}).fetchall()
    return [
        Finding(
            f"{table}.{source}.later_than_window", table, "warn", False, n_rows, n_rows,
            f"{table}: {n_rows:,} rows of {source}, recorded from {first} on, came more than {window} days later: "
            f"{n_days:,} days of churn_features and the labels behind them stay as they were without these rows",
        )
        for table, source, n_rows, first, n_days in rows
    ]  # fmt: skip
