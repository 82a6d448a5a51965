"""What people read of a reconciliation: a table, and one line for the day's summary."""

from collections.abc import Iterator, Sequence

from copilot.reconcile.compare import OFF, number
from copilot.warehouse.recon_daily import Shown

_WORDS = {
    "agrees": "agrees",
    "rejected": "in quarantine",
    "raw_short": "RAW IS SHORT",
    "raw_over": "RAW HAS TOO MUCH",
    "mart_short": "MART IS SHORT",
    "mart_over": "MART HAS TOO MUCH",
    "not_asked": "not asked",
}


def drawn(found: Sequence[Shown]) -> Iterator[str]:
    """A table of every comparison in which anybody has anything, then what is off or was not asked, in words."""
    yield f"{'source.table':<28}{'day':<12}{'what':<10}{'source':>14}{'raw':>14}{'rejected':>10}{'marts':>14}  verdict"
    for one in found:
        if one.verdict == "agrees" and not (one.source_total or one.raw_good or one.mart_total):
            continue
        numbers = (
            f"{number(one.source_total):>14}{number(one.raw_good):>14}{number(one.raw_rejected):>10}"
            f"{number(one.mart_total):>14}"
        )
        what = one.currency or one.measure
        yield f"{f'{one.source}.{one.table}':<28}{one.day!s:<12}{what:<10}{numbers}  {_WORDS[one.verdict]}"
    yield from (told(one) for one in found if one.verdict in (*OFF, "not_asked"))


def told(one: Shown) -> str:
    """One comparison in words, with the run since which its table has been off."""
    since = f" (off since the run of {one.off_since})" if one.off_since and one.verdict in OFF else ""
    return f"- {_WORDS[one.verdict]}: {one.message}{since}"


def verdict(found: Sequence[Shown]) -> str:
    """One line on a run: whether sources, raw and marts agree, and if not, what does not."""
    if not found:
        return "sources were not asked what they have of this day"
    off = [one for one in found if one.verdict in OFF]
    not_asked = sorted({f"{one.source}.{one.table}" for one in found if one.verdict == "not_asked"})
    what = f"{len(found)} comparisons, {len(off)} off" if off else f"all {len(found)} comparisons agree"
    if not_asked:
        what = f"{len(found)} comparisons, {len(off)} off, not asked: {', '.join(not_asked)}"
    return "\n         ".join([what, *map(told, off)])
