"""Weights learned from realised churn, offered beside the hand-set ones and never applied by themselves.

A logistic regression whose coefficients may only say "better is safer", on earlier weeks; both sets of weights are then
compared on later weeks. Arrays are (weeks, components); a part that is not known is NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from copilot.health.week import Week

Array = npt.NDArray[np.float64]
# A score that hangs on one signal falls with its source.
MAX_WEIGHT = 0.3
RIDGE = 1e-3
CENT = 0.01
LOWEST_RATIO = 0.05


@dataclass(frozen=True)
class Quality:
    """How well scores rank departures on held-out weeks.

    roc_auc: the chance that a leaver scores below a stayer. lift_lowest: how many times as often as the book the lowest
    twentieth leaves.
    """

    roc_auc: float
    lift_lowest: float


@dataclass(frozen=True)
class Proposal:
    """Hand-set and fitted weights by component, and what both are worth on the later weeks."""

    hand: Mapping[str, float]
    fitted: Mapping[str, float]
    by_hand: Quality
    by_fit: Quality
    split_on: date
    n_learned_departures: int
    n_later_departures: int


def propose(weeks: Sequence[Week], hand: Mapping[str, float], split_on: date, horizon_days: int) -> Proposal:
    """Fit on weeks whose horizon closed by `split_on`, compare on the weeks from that day on.

    hand: weight of each component of the profile, summing to 1. Raises ValueError when either side has no departure.
    """
    closed = [week for week in weeks if week.has_left is not None]
    earlier = [week for week in closed if week.as_of + timedelta(days=horizon_days) < split_on]
    later = [week for week in closed if week.as_of >= split_on]
    names = list(hand)
    departures = [sum(week.has_left is True for week in part) for part in (earlier, later)]
    if min(departures) == 0:
        raise ValueError(
            f"{departures[0]} departures before {split_on} and {departures[1]} after: nothing to learn from"
        )
    fitted = fit(_parts(earlier, names), _outcomes(earlier))
    given = np.array([hand[name] for name in names])
    parts, left = _parts(later, names), _outcomes(later)
    return Proposal(
        dict(hand), dict(zip(names, fitted.tolist(), strict=True)), quality(scores(parts, given), left),
        quality(scores(parts, fitted), left), split_on, *departures,
    )  # fmt: skip


def fit(parts: Array, left: Array) -> Array:
    """Weights in cents that sum to 1, each 0 to MAX_WEIGHT. An unknown part says nothing: it counts as the mean."""
    known = ~np.isnan(parts)
    mean = np.where(known, parts, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, parts - mean, 0.0)

    def loss(theta: Array) -> tuple[float, Array]:
        logit = theta[0] - centred @ theta[1:]
        p = 1 / (1 + np.exp(-logit))
        value = np.mean(np.logaddexp(0, logit) - left * logit) + RIDGE * theta[1:] @ theta[1:]
        slope = np.concatenate([[np.mean(p - left)], -centred.T @ (p - left) / len(left) + 2 * RIDGE * theta[1:]])
        return float(value), slope

    bounds = [(None, None), *[(0.0, None)] * parts.shape[1]]
    found = minimize(loss, np.zeros(parts.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return _in_cents(_capped(found.x[1:]))


def scores(parts: Array, weights: Array) -> Array:
    """Scores of 100 before caps: unknown parts are carried by the others, 0 when nothing is known."""
    known = ~np.isnan(parts)
    carried = known @ weights
    return 100 * np.where(known, parts, 0.0) @ weights / np.where(carried > 0, carried, 1.0)


def quality(score: Array, left: Array) -> Quality:
    """Both figures on the same weeks; tied scores count half."""
    ranks = _ranks(score)
    n_left, n_stayed = left.sum(), (1 - left).sum()
    auc = 1 - (ranks[left == 1].sum() - n_left * (n_left + 1) / 2) / (n_left * n_stayed)
    lowest = score <= np.quantile(score, LOWEST_RATIO)
    return Quality(float(auc), float(left[lowest].mean() / left.mean()))


def _capped(raw: Array) -> Array:
    """Shares of 1, the excess over MAX_WEIGHT spread over the others; equal shares when nothing was learned."""
    shares = raw / raw.sum() if raw.sum() > 0 else np.full(len(raw), 1 / len(raw))
    for _ in range(len(shares)):
        over = shares > MAX_WEIGHT
        free = ~over & (shares > 0)
        if not over.any() or not free.any():
            break
        excess = (shares[over] - MAX_WEIGHT).sum()
        shares[over] = MAX_WEIGHT
        shares[free] += excess * shares[free] / shares[free].sum()
    return shares


def _in_cents(shares: Array) -> Array:
    """Rounded to 0.01 so that they still sum to 1: the largest remainders are rounded up."""
    cents = np.floor(shares / CENT + 1e-9)
    short = round(1 / CENT - cents.sum())
    cents[np.argsort(cents * CENT - shares, kind="stable")[:short]] += 1
    return np.round(cents * CENT, 2)


def _parts(weeks: Sequence[Week], names: Sequence[str]) -> Array:
    return np.array([[week.parts.get(name, np.nan) for name in names] for week in weeks], np.float64)


def _outcomes(weeks: Sequence[Week]) -> Array:
    return np.array([week.has_left for week in weeks], np.float64)


def _ranks(values: Array) -> Array:
    """Ranks from 1, tied values sharing their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Array = (last - (counts - 1) / 2)[place]
    return mean
