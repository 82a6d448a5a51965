"""The room beside the day: after it is published, ask every source what it has and compare it with what we hold.

Nothing waits for it, and it changes nothing but ops.recon_daily: a vendor that does not answer costs a line that says
so. Run again, it asks again and replaces its lines.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from config.mrr import load_mrr_policy
from config.run import Run
from copilot import clock
from copilot.reconcile.compare import OFF, Compared, Line, Sides, lines, worst
from copilot.reconcile.recount import home_currency
from copilot.reconcile.said import Said, said_by
from copilot.reconcile.tables import DATED_BY, MONEY, days_of
from copilot.sources.api.connection import Connection as Access
from copilot.sources.api.connection import from_environment
from copilot.sources.api.faults import MALFORMED
from copilot.sources.api.measures import end
from copilot.sources.config import load_sources
from copilot.sources.figures import Dated, Figure, Sums
from copilot.warehouse import recon_held as held
from copilot.warehouse.connect import Connection, connect
from copilot.warehouse.recon_daily import write
from copilot.warehouse.recon_marts import in_marts, used


def reconcile(run: Run, connection: Callable[[str], Access] = from_environment) -> dict[str, Any]:
    """Compare the run's day and some before it, source by source; returns how many comparisons came to what."""
    days, counts = days_of(run.as_of), dict[str, int]()
    off: list[str] = []
    for source in load_sources(run.sources).sources:
        found: list[Line] = []
        # Asked first: a vendor may take minutes, and no transaction waits for it.
        for said in list(said_by(source, run, days, connection)):
            with connect("gate", run.database) as gate:
                found += compared(gate, source.name, said, days, run.cutoff)
        with connect("gate", run.database) as gate:
            write(gate, run.as_of, source.name, found, clock.now())
        off += [line.message for line in found if line.verdict in OFF]
        for verdict, n in worst(found).items():
            counts[verdict] = counts.get(verdict, 0) + n
    return {"compared": sum(counts.values()), "off": len(off), **counts, "messages": off}


def compared(gate: Connection, source: str, said: Said, days: Sequence[date], cutoff: datetime) -> Iterator[Line]:
    """Every comparison of one table of one source."""
    money = MONEY.get(said.table.name, "")
    wanted = held.Wanted(source, said.table, said.dated_by, money, home_currency() if money else "")
    good, known = held.in_raw(gate, wanted, days), held.in_raw(gate, wanted, days, cutoff)
    marts = in_marts(gate, wanted, days, cutoff)
    rejected, n_unread = _rejected(gate, wanted, said, days)
    read_at = held.last_read_at(gate, source, said.table)
    what = Compared(source, said.table.name, said.dated_by)
    for day in days:
        if day not in said.figures and not said.why_not:
            continue  # the company does not have this vendor asked that far back
        why_not = said.why_not or _too_early(said, day, read_at)
        sides = Sides(
            source=None if why_not else said.figures[day],
            good=_figure(good, day),
            rejected=rejected[day],
            known=_figure(known, day),
            mart=None if marts is None else _figure(marts, day),
            n_unread=n_unread.get(day, 0),
            why_not_asked=why_not,
        )
        yield from lines(what, day, sides)
    if said.table.name == "usage_events":
        yield from _used(gate, held.Wanted(source, said.table, DATED_BY["usage_events"]), days, cutoff)


def _too_early(said: Said, day: date, read_at: datetime | None) -> str:
    """What is not read to the end of a day is not lost yet."""
    if read_at is None or read_at >= end(day) + said.settles:
        return ""
    return f"it was last read at {read_at:%Y-%m-%d %H:%M} UTC, before the vendor had given all of that day"


def _figure(found: held.Totals, day: date) -> Figure:
    n_rows, money = found.get(day, (0, {}))
    return Figure(n_rows, money)


def _rejected(
    gate: Connection, wanted: held.Wanted, said: Said, days: Sequence[date]
) -> tuple[dict[date, Figure], dict[date, int]]:
    """What lies in quarantine and is in raw in no version, by day; and how many of it have no readable amount."""
    found: dict[tuple[date, str], Dated] = {}
    for record in held.rejected(gate, wanted.source, wanted.table):
        try:
            told = list(said.read(record))
        except MALFORMED:
            continue
        for one in told:
            if one.day in days:
                found[one.day, one.key or f"\0{len(found)}"] = one
    landed = held.known_keys(gate, wanted, [key for _, key in found])
    sums, n_unread = Sums(days), dict[date, int]()
    for (day, key), one in found.items():
        if key in landed:
            continue
        sums.add(one)
        if wanted.money and one.amount is None:
            n_unread[day] = n_unread.get(day, 0) + 1
    return sums.figures(), n_unread


def _used(gate: Connection, wanted: held.Wanted, days: Sequence[date], cutoff: datetime) -> Iterator[Line]:
    """Use by day: events are compared by the day of their receipt, the marts keep quantities by the day of use."""
    found = used(gate, wanted, days, cutoff, load_mrr_policy().restatement_days)
    what = Compared(wanted.source, wanted.table.name, wanted.dated_by, ("quantity",))
    for day, (quantity, left_out, kept) in (found or {}).items():
        raw = Figure(0, {"": Decimal(quantity)})
        without = Figure(0, {"": Decimal(left_out)})
        yield from lines(
            what,
            day,
            Sides(
                None,
                raw,
                known=raw,
                left_out=without,
                left_out_why="of no known account, or too late to be counted",
                mart=Figure(0, {"": Decimal(kept)}),
            ),
        )
