"""Figures of merit on held-out account-weeks. Pure; every figure says which way is better and what ties do.

Shapes: scores (n,) float, no NaN; labels (n,) of 0 and 1; b resamples of the n rows.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from ml.resample import Array, Resamples

BINS = 10
# Keeps log loss finite when a candidate says exactly 0 or 1.
EPSILON = 1e-12
# (weights (b, n), labels (n,), last place of each tied score) -> (b,), all by falling score.
Figure = Callable[[Array, Array, npt.NDArray[np.intp]], Array]


@dataclass(frozen=True)
class Report:
    """One candidate on one set of rows. Greater is better, but for the last three smaller.

    Under ties the top decile is not one list: `lift_top_decile` is its mean over all orders of the tied rows, `_worst`
    and `_best` are the ends.
    """

    n: int
    n_churned: int
    base_rate: float
    pr_auc: float
    roc_auc: float
    lift_top_decile: float
    lift_top_decile_worst: float
    lift_top_decile_best: float
    precision_top_decile: float
    recall_top_decile: float
    brier: float
    log_loss: float
    calibration_error: float

    def rounded(self) -> dict[str, float]:
        """The figures as a dict, to six places."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def evaluate(scores: Array, labels: Array) -> Report:
    """All figures of one candidate. scores are probabilities. Raises ValueError without both outcomes, or with NaN."""
    if np.isnan(scores).any():
        raise ValueError("a score is NaN")
    n_churned = int(labels.sum())
    if not 0 < n_churned < len(labels):
        raise ValueError("both outcomes are needed: nothing can be measured")
    base_rate = n_churned / len(labels)
    everyone = Resamples.everyone(len(labels))
    worst, mean, best = top_decile_hits(scores, labels)
    k = decile_size(len(labels))
    return Report(
        n=len(labels),
        n_churned=n_churned,
        base_rate=base_rate,
        pr_auc=float(average_precision(scores, labels, everyone)[0]),
        roc_auc=float(roc_auc(scores, labels, everyone)[0]),
        lift_top_decile=mean / k / base_rate,
        lift_top_decile_worst=worst / k / base_rate,
        lift_top_decile_best=best / k / base_rate,
        precision_top_decile=mean / k,
        recall_top_decile=mean / n_churned,
        brier=float(np.mean((scores - labels) ** 2)),
        log_loss=log_loss(scores, labels),
        calibration_error=calibration_error(scores, labels),
    )


def log_loss(scores: Array, labels: Array) -> float:
    """Mean surprise at the outcomes; 0 is best, a sure forecast that was wrong costs about 28."""
    clipped = np.clip(scores, EPSILON, 1 - EPSILON)
    return float(-np.mean(labels * np.log(clipped) + (1 - labels) * np.log(1 - clipped)))


def decile_size(n: int) -> int:
    """How many rows the top decile has: a tenth, rounded up."""
    return -(-n // 10)


def top_decile_hits(scores: Array, labels: Array) -> tuple[float, float, float]:
    """Churned rows in the top decile as (worst, mean, best) over the orders of rows tied at its border."""
    k = decile_size(len(scores))
    border = np.partition(scores, len(scores) - k)[len(scores) - k]
    above, tied = scores > border, scores == border
    sure, places = float(labels[above].sum()), k - int(above.sum())
    n_tied, hits_tied = int(tied.sum()), float(labels[tied].sum())
    worst = max(0.0, places - (n_tied - hits_tied))
    return sure + worst, sure + places * hits_tied / n_tied, sure + min(float(places), hits_tied)


def calibration_error(scores: Array, labels: Array) -> float:
    """Mean distance between forecast and outcome over ten bins of equal count, weighted by count; 0 is best, 1 worst.

    Rows are sorted by score, ties in the order given; equal counts keep the few risky rows from vanishing in one bin.
    """
    order = np.argsort(scores, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    return float(sum(abs(scores[part].mean() - labels[part].mean()) * len(part) for part in bins) / len(scores))


def average_precision(scores: Array, labels: Array, resamples: Resamples) -> Array:
    """Area under precision over recall, step-wise, tied rows taken together; (b,). No skill has the base rate.

    A resample without churned rows gives NaN.
    """
    return _by_slice(_average_precision, scores, labels, resamples)


def roc_auc(scores: Array, labels: Array, resamples: Resamples) -> Array:
    """Chance that a churned row outranks one that stayed, ties counting half; (b,). 0.5 is no skill."""
    return _by_slice(_roc_auc, scores, labels, resamples)


def _by_slice(figure: Figure, scores: Array, labels: Array, resamples: Resamples) -> Array:
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    return np.concatenate([figure(few, labels[order], ends) for few in resamples.reordered(order).weights()])


def _average_precision(weights: Array, labels: Array, ends: npt.NDArray[np.intp]) -> Array:
    hits = np.cumsum(weights * labels, axis=1)[:, ends]
    shown = np.cumsum(weights, axis=1)[:, ends]
    gained = np.diff(hits, axis=1, prepend=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(shown > 0, hits / shown, 0.0)
        area: Array = (gained * precision).sum(axis=1) / hits[:, -1]
    return area


def _roc_auc(weights: Array, labels: Array, ends: npt.NDArray[np.intp]) -> Array:
    hits = np.cumsum(weights * labels, axis=1)[:, ends]
    misses = np.cumsum(weights * (1 - labels), axis=1)[:, ends]
    new_misses = np.diff(misses, axis=1, prepend=0.0)
    new_hits = np.diff(hits, axis=1, prepend=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        area: Array = (new_misses * (hits - new_hits / 2)).sum(axis=1) / (hits[:, -1] * misses[:, -1])
    return area
