"""What the last reconciliation before the day found: a loss that was seen yesterday is said today, and degrades.

Never a hold: most of the day is right, and the sentence names the table, the day and the side that is short. What was
measured after the day's own evening is not looked at, as nothing else of it is: a day built again says the same.
"""

from config.run import Run
from expectations.finding import Finding
from expectations.session import Connection

_LAST = """with last as (
    select max(as_of_date) as as_of_date from ops.recon_daily
    where as_of_date < %(day)s and measured_at < %(cutoff)s
)
select recon.source, recon.table_name, count(*), count(*) filter (where recon.verdict = any(%(off)s)),
    min(recon.message) filter (where recon.verdict = any(%(off)s))
from ops.recon_daily as recon inner join last on recon.as_of_date = last.as_of_date
where recon.measured_at < %(cutoff)s
group by 1, 2 order by 1, 2"""
_OFF = ["raw_short", "raw_over", "mart_short", "mart_over"]


def reconciled_checks(connection: Connection, run: Run) -> list[Finding]:
    """One finding for each table that was compared: not a row and not a cent may be missing of a day that is over."""
    rows = connection.execute(_LAST, {"day": run.as_of, "cutoff": run.cutoff, "off": _OFF}).fetchall()
    return [_compared(f"{source}.{table}", *figures) for source, table, *figures in rows]


def _compared(name: str, n_compared: int, n_off: int, first: str | None) -> Finding:
    message = first or f"{name}: source, raw and marts agree"
    if n_off > 1:
        message += f" (and {n_off - 1} more comparisons of it are off: `copilot sources reconcile --measured`)"
    return Finding(f"source.{name}.reconciled", name, "warn", n_off == 0, n_compared, n_off, message)
