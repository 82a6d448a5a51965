"""Whether a score's bands warn: churn per band, who was seen coming, and how much of the book is green.

Weeks of one account are near-copies of each other, so every interval resamples accounts, not weeks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from config.health import Validation
from copilot.health.week import Week

RESAMPLES = 400
SEED = 20261117
INTERVAL = (5.0, 95.0)
# Sundays in a month: what is asked of an account that stayed, to compare with the window before a departure.
WINDOW_WEEKS = 4

BandOf = Callable[[Week], str]
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BandRate:
    """How many account-weeks a band holds, and which share of them left within the horizon, with a 90 % interval."""

    band: str
    n: int
    share: float
    n_left: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Criterion:
    """One demand, the figure that was found, and whether it is met."""

    name: str
    found: float
    bound: float
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """What the weeks say. Without enough departures there are bands and no criteria."""

    n_weeks: int
    n_departures: int
    base_rate: float
    bands: tuple[BandRate, ...]
    criteria: tuple[Criterion, ...]
    stayed_ratio: float

    @property
    def is_judged(self) -> bool:
        """Whether there was enough to judge by."""
        return bool(self.criteria)

    @property
    def passed(self) -> bool:
        """Whether every criterion is met; what could not be judged has failed nothing."""
        return all(criterion.passed for criterion in self.criteria)


def judge(weeks: Sequence[Week], band_of: BandOf, bands: Sequence[str], bounds: Validation) -> Verdict:
    """Judge scored weeks, given each week's band and the bands from the lowest to the best."""
    closed = [week for week in weeks if week.has_left is not None]
    rates = _rates(closed, band_of, bands)
    base = sum(week.has_left is True for week in closed) / len(closed) if closed else 0.0
    windows = windows_before(weeks, bounds)
    seen = [any(band_of(week) != bands[-1] for week in window) for window in windows]
    enough = len(windows) >= bounds.min_departures and base > 0
    caught = sum(seen) / len(seen) if seen else 0.0
    criteria = _criteria(rates, base, caught, bounds) if enough else ()
    return Verdict(len(closed), len(windows), base, rates, criteria, _stayed_ratio(closed, band_of, bands[-1]))


def windows_before(weeks: Iterable[Week], bounds: Validation) -> list[list[Week]]:
    """The Sundays `caught_until_days` to `caught_from_days` before each departure that has any."""
    found: dict[tuple[str, date], list[Week]] = defaultdict(list)
    for week in weeks:
        if week.left_on is None:
            continue
        if bounds.caught_until_days <= (week.left_on - week.as_of).days <= bounds.caught_from_days:
            found[week.account_id, week.left_on].append(week)
    return list(found.values())


def _criteria(
    rates: Sequence[BandRate], base: float, caught: float, bounds: Validation
) -> tuple[Criterion, Criterion, Criterion]:
    lift = rates[0].rate / base
    return (
        Criterion(f"{rates[0].band} leaves this many times as often as the book", lift, bounds.min_lowest_band_lift,
                  lift >= bounds.min_lowest_band_lift),
        Criterion(f"of those who left were below {rates[-1].band} {bounds.caught_until_days}-{bounds.caught_from_days}"
                  " days before", caught, bounds.min_caught_ratio, caught >= bounds.min_caught_ratio),
        Criterion(f"of the book is {rates[-1].band}, at most", rates[-1].share, bounds.max_best_band_ratio,
                  rates[-1].share <= bounds.max_best_band_ratio),
    )  # fmt: skip


def _rates(closed: Sequence[Week], band_of: BandOf, bands: Sequence[str]) -> tuple[BandRate, ...]:
    held, left = _by_account(closed, band_of, bands)
    lows, highs = _intervals(held, left)
    n, n_left = held.sum(axis=0), left.sum(axis=0)
    return tuple(
        BandRate(
            band, int(n[i]), n[i] / max(len(closed), 1), int(n_left[i]), n_left[i] / max(n[i], 1), lows[i], highs[i]
        )
        for i, band in enumerate(bands)
    )


def _by_account(closed: Sequence[Week], band_of: BandOf, bands: Sequence[str]) -> tuple[Counts, Counts]:
    """Weeks held and weeks that left, each (accounts, bands)."""
    row = {account: n for n, account in enumerate(sorted({week.account_id for week in closed}))}
    held, left = (np.zeros((len(row), len(bands))) for _ in range(2))
    place = {band: n for n, band in enumerate(bands)}
    for week in closed:
        at = row[week.account_id], place[band_of(week)]
        held[at] += 1
        left[at] += week.has_left is True
    return held, left


def _intervals(held: Counts, left: Counts) -> tuple[Counts, Counts]:
    """The 90 % interval of each band's rate over resampled accounts; (0, 0) for a band that nobody holds."""
    if not len(held):
        return np.zeros(held.shape[1]), np.zeros(held.shape[1])
    times = np.random.default_rng(SEED).multinomial(len(held), np.full(len(held), 1 / len(held)), RESAMPLES)
    rates = (times @ left) / np.maximum(times @ held, 1)
    low, high = np.percentile(rates, INTERVAL, axis=0)
    return low, high


def _stayed_ratio(closed: Sequence[Week], band_of: BandOf, best: str) -> float:
    """The share of the months of accounts that stayed with a Sunday below the best band: what catching costs."""
    by_account: dict[str, list[Week]] = defaultdict(list)
    for week in sorted(closed, key=lambda week: week.as_of):
        by_account[week.account_id].append(week)
    stayed = [kept for kept in by_account.values() if not any(week.left_on or week.has_left for week in kept)]
    months = [
        kept[at : at + WINDOW_WEEKS] for kept in stayed for at in range(0, len(kept) - WINDOW_WEEKS + 1, WINDOW_WEEKS)
    ]
    return sum(any(band_of(week) != best for week in month) for month in months) / max(len(months), 1)
