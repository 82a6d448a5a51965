"""Gate 2's list of contracts that overlap where the owner allows one at a time (config/mrr.yml).

A warning and never a hold: the later contract is left out, so nothing is counted twice; somebody should ask billing.
"""

from psycopg import sql

from config.run import Run
from expectations.finding import Finding
from expectations.identity_checks import named
from expectations.session import Connection, exists

OVERLAPS = "contract_overlaps"
# The dearest first: the message names only a few.
_LISTED = sql.SQL(
    """select subscription_id, counted_subscription_id, coalesce(mrr_usd, 0) from marts.contract_overlaps
    where as_of_date = %(day)s order by mrr_usd desc nulls last, subscription_id"""
)


def overlap_checks(connection: Connection, run: Run) -> list[Finding]:
    """One warning with both ids of the overlapping contracts and the MRR that is left out for them."""
    if not exists(connection, f"marts.{OVERLAPS}"):
        return []
    rows = connection.execute(_LISTED, {"day": run.as_of}).fetchall()
    message = f"{OVERLAPS}: no contract is left out of MRR"
    if rows:
        pairs = named(f"{later[:40]} beside {counted[:40]}" for later, counted, _ in rows)
        left_out = sum(mrr_usd for _, _, mrr_usd in rows)
        message = f"{OVERLAPS}: {len(rows):,} contracts overlap another where contracts_at_a_time allows one"
        message += f", so {left_out:,.0f} USD MRR is left out: {pairs}"
    return [Finding(f"{OVERLAPS}.none", OVERLAPS, "warn", not rows, len(rows), len(rows), message)]
