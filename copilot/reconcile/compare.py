"""One comparison's figures and the verdict on them. Pure: no vendor, no database, no clock.

source = raw good + rejected, and raw good = mart + what the marts leave out for a stated reason. Counts and amounts are
compared to the row and to the cent, each currency by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from copilot.sources.figures import Figure

Verdict = Literal["agrees", "rejected", "raw_short", "raw_over", "mart_short", "mart_over", "not_asked"]
Kind = Literal["rows", "amount", "quantity"]
OFF: tuple[Verdict, ...] = ("raw_short", "raw_over", "mart_short", "mart_over")
NOTHING = Figure(0)


@dataclass(frozen=True)
class Sides:
    """What each side has of one day of one table. None: that side was not asked, or there is none.

    `good` is what raw holds now, `known` what of it was known by the run's evening, from which the marts were built;
    `left_out` of that has no place in the marts, and `left_out_why` says so. `n_unread` rejected records do not say
    what they are worth.
    """

    source: Figure | None
    good: Figure
    rejected: Figure = NOTHING
    known: Figure | None = None
    left_out: Figure = NOTHING
    left_out_why: str = ""
    mart: Figure | None = None
    n_unread: int = 0
    why_not_asked: str = ""


@dataclass(frozen=True)
class Line:
    """One row of ops.recon_daily without its run and source."""

    table: str
    day: date
    dated_by: str
    measure: Kind
    currency: str
    source_total: Decimal | None
    raw_good: Decimal
    raw_rejected: Decimal
    excluded: Decimal
    mart_total: Decimal | None
    verdict: Verdict
    message: str


@dataclass(frozen=True)
class Compared:
    """What is compared: a table by the day in a column. `quantities` are amounts without a currency."""

    source: str
    table: str
    dated_by: str
    measures: Sequence[Kind] = field(default=("rows", "amount"))


def lines(what: Compared, day: date, sides: Sides) -> Iterator[Line]:
    """A line for the number of records, and one for each currency in which anybody has an amount."""
    for measure in what.measures:
        for currency in [""] if measure == "rows" else _currencies(sides):
            yield _line(what, day, sides, measure, currency)


def _currencies(sides: Sides) -> list[str]:
    all_sides = (sides.source, sides.good, sides.rejected, sides.mart)
    return sorted({currency for one in all_sides if one for currency in one.money})


def _line(what: Compared, day: date, sides: Sides, measure: Kind, currency: str) -> Line:
    def of(figure: Figure | None) -> Decimal | None:
        if figure is None:
            return None
        return Decimal(figure.rows) if measure == "rows" else figure.money.get(currency, Decimal(0))

    source, mart = of(sides.source), of(sides.mart)
    good, rejected = of(sides.good) or Decimal(0), of(sides.rejected) or Decimal(0)
    later = good - (of(sides.known) or Decimal(0)) if sides.known is not None else Decimal(0)
    excluded = later + (of(sides.left_out) or Decimal(0)) if mart is not None else Decimal(0)
    is_unread = bool(sides.n_unread) and measure != "rows"
    if is_unread and source is not None:
        # What they are worth is what is left: the row count beside it says whether any is missing.
        rejected = source - good
    raw_off = source - good - rejected if source is not None else Decimal(0)
    mart_off = good - excluded - mart if mart is not None else Decimal(0)
    verdict = _verdict(sides, raw_off, mart_off)
    subject = f"{what.source}.{what.table}, {_unit(measure, currency)} of {day}"
    said = _said(sides, (source, good, rejected, mart), raw_off, mart_off)
    said += [f"{number(later)} known only after the day was built"] if later and mart is not None else []
    left_out = of(sides.left_out)
    said += [f"{number(left_out)} {sides.left_out_why}"] if left_out and mart is not None else []
    said += [f"{sides.n_unread} in quarantine do not say what they are worth"] if is_unread else []
    message = f"{subject}: {'; '.join(said)}"
    return Line(
        what.table, day, what.dated_by, measure, currency, source, good, rejected, excluded, mart, verdict, message
    )


def _verdict(sides: Sides, raw_off: Decimal, mart_off: Decimal) -> Verdict:
    """The first place at which something is lost: what raw lacks, no mart can have."""
    if raw_off:
        return "raw_short" if raw_off > 0 else "raw_over"
    if mart_off:
        return "mart_short" if mart_off > 0 else "mart_over"
    if sides.why_not_asked:
        return "not_asked"
    return "rejected" if sides.rejected.rows else "agrees"


def _unit(measure: Kind, currency: str) -> str:
    return {"rows": "rows", "amount": f"{currency} amount", "quantity": "quantity"}[measure]


def _said(
    sides: Sides, totals: tuple[Decimal | None, Decimal, Decimal, Decimal | None], raw_off: Decimal, mart_off: Decimal
) -> list[str]:
    source, good, rejected, mart = totals
    said = [f"not asked: {sides.why_not_asked}"] if sides.why_not_asked else []
    if source is not None:
        held = f"raw holds {number(good)}" + (f" and quarantine {number(rejected)}" if rejected else "")
        said.append(f"the source says {number(source)}, {held}{_side(raw_off)}")
    if mart is not None:
        before = "" if source is not None else f"raw holds {number(good)}, "
        said.append(f"{before}the marts hold {number(mart)}{_side(mart_off)}")
    return said


def _side(off: Decimal) -> str:
    if not off:
        return ""
    return f", {number(off)} short" if off > 0 else f", {number(-off)} too much"


def number(said: Decimal | None) -> str:
    """For people: what is whole without decimals, money with two; none is a dash."""
    if said is None:
        return "-"
    if said == said.to_integral_value():
        return f"{said:,.0f}"
    exact = f"{said.normalize():,f}"
    return exact if len(exact.partition(".")[2]) > 1 else f"{said:,.2f}"


def worst(found: Sequence[Line]) -> Mapping[str, int]:
    """How many comparisons came to which verdict."""
    counts: dict[str, int] = {}
    for line in found:
        counts[line.verdict] = counts.get(line.verdict, 0) + 1
    return counts
