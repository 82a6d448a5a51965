"""From a model's margin (log-odds) to a probability that means what it says, with a band. Pure.

Platt's two numbers, fitted on held-out weeks. Isotonic regression needs about a thousand departures before it beats two
numbers; a fold here has some sixty, so isotonic would learn its noise and tie accounts that the trees had ranked. The
band is refitted on resamples of accounts: it says how well the level is known, not what an account will do.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from config.churn import Calibration
from ml.evaluate import EPSILON
from ml.resample import Array, Resamples

# The table of a curve: from one in 22,000 to its mirror image in log-odds, finer than any band is sure of.
GRID: Array = np.linspace(-10.0, 10.0, 401)
NEWTON_STEPS = 50
# Towards "the trees are right": worth a few rows, it keeps a fold without contrast from dividing by zero.
RIDGE = 1.0


@dataclass(frozen=True)
class Curve:
    """A table over margins: p rises with the margin, low <= p <= high. Read between its points in a straight line."""

    p: Array
    low: Array
    high: Array

    def apply(self, margins: Array) -> tuple[Array, Array, Array]:
        """(p, low, high) of each margin; beyond the table its end is kept. Alone as in a batch."""
        p, low, high = (np.interp(margins, GRID, column) for column in (self.p, self.low, self.high))
        return p, low, high

    def as_json(self) -> dict[str, list[float]]:
        """Plain lists, for the bundle."""
        return {"p": self.p.tolist(), "low": self.low.tolist(), "high": self.high.tolist()}

    @staticmethod
    def of_json(table: dict[str, list[float]]) -> "Curve":
        """The curve that as_json wrote."""
        return Curve(*(np.array(table[name], dtype=np.float64) for name in ("p", "low", "high")))


def sigmoid(margins: Array) -> Array:
    """Log-odds to probability."""
    p: Array = 1 / (1 + np.exp(-np.clip(margins, -700, 700)))
    return p


def fit_curve(
    margins: Array, labels: Array, accounts: npt.NDArray[np.object_], config: Calibration, seed: int
) -> Curve:
    """The curve of held-out margins (n,) and outcomes (n,) of accounts (n,). The same inputs give the same curve."""
    drawn = Resamples.of_accounts(accounts, config.resamples, seed)
    p = _read(_platt(margins, labels, _once(labels)))[0]
    curves = np.concatenate([_read(_platt(margins, labels, few)) for few in drawn.weights()])
    tail = (1 - config.band_ratio) / 2
    low, high = np.quantile(curves, [tail, 1 - tail], axis=0)
    # The table must rise for interpolation to keep the ranking, and a band holds its own middle.
    rise = np.maximum.accumulate
    return Curve(p, rise(np.minimum(low, p)), rise(np.maximum(high, p)))


def platt(margins: Array, labels: Array, others: Array) -> Array:
    """Probabilities of `others`, calibrated on (margins, labels) without a band: what every baseline gets."""
    slope, level = _platt(margins, labels, _once(labels))
    return sigmoid(slope[0] * others + level[0])


def _once(labels: Array) -> Array:
    """Every row with the weight 1, (1, n)."""
    return np.ones((1, len(labels)))


def _read(slopes_and_levels: tuple[Array, Array]) -> Array:
    slope, level = slopes_and_levels
    return sigmoid(slope[:, None] * GRID[None, :] + level[:, None])


def _platt(margins: Array, labels: Array, weights: Array) -> tuple[Array, Array]:
    """Slope and level of logit(p) = slope * margin + level for each row of weights (b, n), by Newton steps together.

    The slope is kept at 0 or above: a model that ranks backwards is told flat, never inverted.
    """
    slope, level = np.ones(len(weights)), np.zeros(len(weights))
    for _ in range(NEWTON_STEPS):
        p = sigmoid(slope[:, None] * margins + level[:, None])
        error, curvature = weights * (p - labels), weights * p * (1 - p)
        g_slope, g_level = error @ margins + RIDGE * (slope - 1), error.sum(axis=1)
        h_ss, h_sl, h_ll = curvature @ margins**2 + RIDGE, curvature @ margins, curvature.sum(axis=1) + 1e-9
        determinant = h_ss * h_ll - h_sl**2
        step_slope = (h_ll * g_slope - h_sl * g_level) / determinant
        step_level = (h_ss * g_level - h_sl * g_slope) / determinant
        slope, level = np.maximum(slope - np.clip(step_slope, -1, 1), 0.0), level - np.clip(step_level, -1, 1)
        if max(np.abs(step_slope).max(), np.abs(step_level).max()) < 1e-10:
            break
    rate = np.clip((weights @ labels) / np.maximum(weights.sum(axis=1), 1), EPSILON, 1 - EPSILON)
    return slope, np.where(slope > 0, level, np.log(rate / (1 - rate)))
