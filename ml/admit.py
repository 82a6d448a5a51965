"""The gate: may this model speak? Pre-stated, pure, and every refusal is a sentence.

Refusals are of two kinds. `no_signal`: nothing usable was found, and the product says so. `rejected`: something is
wrong with the candidate (too few departures, a leak, worse than what we have).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from config.churn import Gate
from ml.evaluate import Report, average_precision, roc_auc
from ml.resample import Array, Resamples, interval

if TYPE_CHECKING:
    import pandas as pd

CANDIDATE = "xgboost"
INCUMBENT = "incumbent"
Status = Literal["champion", "challenger", "rejected", "no_signal"]


@dataclass(frozen=True)
class Verdict:
    """Whether a model is used, why, and the figures behind it."""

    status: Status
    why: str
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HeldOut:
    """The same later account-weeks scored by every candidate.

    scores: candidate -> (n,) probabilities; labels (n,) of 0 and 1; resamples of their accounts.
    """

    scores: Mapping[str, Array]
    labels: Array
    resamples: Resamples

    def difference(self, candidate: str, other: str, confidence_ratio: float) -> tuple[float, float, float]:
        """PR-AUC of candidate minus other: the value, then the paired interval over the same resamples."""
        everyone = Resamples.everyone(len(self.labels))
        areas = [average_precision(self.scores[name], self.labels, everyone)[0] for name in (candidate, other)]
        drawn = [average_precision(self.scores[name], self.labels, self.resamples) for name in (candidate, other)]
        return float(areas[0] - areas[1]), *interval(drawn[0] - drawn[1], confidence_ratio)


def enough_churn(n_accounts: int, gate: Gate) -> Verdict | None:
    """Rules only below the minimum of departed accounts."""
    if n_accounts >= gate.min_churned_accounts:
        return None
    why = f"rules only: {n_accounts} accounts have left so far, a forecast needs {gate.min_churned_accounts}"
    return Verdict("rejected", why, {"n_churned_accounts": n_accounts})


def leaking_features(features: "pd.DataFrame", labels: Array, gate: Gate) -> dict[str, float]:
    """Features that alone tell the outcome too well to be honest: name -> AUC (0.5 to 1).

    An unknown value is taken once as the lowest and once as the highest, since being unknown can also tell.
    """
    everyone = Resamples.everyone(len(labels))
    found = {}
    for name in features.columns:
        values = features[name].to_numpy(np.float64)
        fills = (-np.inf, np.inf) if np.isnan(values).any() else (0.0,)
        areas = [roc_auc(_ranks(np.where(np.isnan(values), fill, values)), labels, everyone)[0] for fill in fills]
        best = max(max(area, 1 - area) for area in areas)
        if best > gate.max_single_feature_auc:
            found[str(name)] = round(float(best), 4)
    return found


def admit(held_out: HeldOut, report: Report, gate: Gate) -> Verdict:
    """The candidate against chance, the constant, the rules, the logistic baseline, and its own word (calibration)."""
    auc = roc_auc(held_out.scores[CANDIDATE], held_out.labels, held_out.resamples)
    low, high = interval(auc, gate.confidence_ratio)
    figures: dict[str, Any] = {"roc_auc": report.roc_auc, "roc_auc_interval": [low, high]}
    for other in ("constant", "recency", "rules", "logistic"):
        figures[f"pr_auc_over_{other}"] = list(held_out.difference(CANDIDATE, other, gate.confidence_ratio))
    figures.update(lift_top_decile=report.lift_top_decile, calibration_error=report.calibration_error)
    for verdict in (_signal(report, low, figures, gate), _better(report, figures, gate)):
        if verdict:
            return verdict
    return Verdict("champion", f"admitted: on later months {_said(report, low, high)}", figures)


def against_incumbent(held_out: HeldOut, n_churned: int, gate: Gate, passed: Verdict) -> Verdict:
    """The admitted candidate against the incumbent on the held-out weeks that neither had learned from."""
    if n_churned < gate.min_overlap_churned:
        note = f"the champion in use is too old to compare ({n_churned} held-out departures in common)"
        return Verdict("champion", f"{passed.why}; {note}", passed.figures)
    value, low, high = held_out.difference(CANDIDATE, INCUMBENT, gate.confidence_ratio)
    figures = {**passed.figures, "pr_auc_over_incumbent": [value, low, high]}
    if low > 0:
        return Verdict("champion", f"{passed.why}; better than the champion in use", figures)
    why = f"not shown to be better than the champion in use: PR-AUC differs by {value:+.3f} ({low:+.3f} to {high:+.3f})"
    return Verdict("challenger", why, figures)


def _signal(report: Report, low: float, figures: dict[str, Any], gate: Gate) -> Verdict | None:
    needed = 0.5 + gate.roc_auc_above_chance
    beats_constant = figures["pr_auc_over_constant"][1] > 0
    if low > needed and beats_constant and report.lift_top_decile >= gate.min_lift_top_decile:
        return None
    why = (
        f"no usable signal: on later months the ranking is hardly better than chance (ROC-AUC {report.roc_auc:.2f}, "
        f"surely above {low:.2f}, needed {needed:.2f}; lift in the top tenth {report.lift_top_decile:.1f}, "
        f"needed {gate.min_lift_top_decile:.1f})"
    )
    return Verdict("no_signal", why, figures)


def _better(report: Report, figures: dict[str, Any], gate: Gate) -> Verdict | None:
    value, low, high = figures["pr_auc_over_rules"]
    if low <= 0:
        why = f"not shown to be better than the rules: PR-AUC differs by {value:+.3f} ({low:+.3f} to {high:+.3f})"
        return Verdict("rejected", why, figures)
    value, low, high = figures["pr_auc_over_logistic"]
    if high < 0:
        return Verdict("rejected", f"worse than the logistic baseline: PR-AUC differs by {value:+.3f}", figures)
    if report.calibration_error > gate.max_calibration_error:
        off = report.calibration_error
        why = f"its probabilities are off by {off:.3f} on average, allowed {gate.max_calibration_error}"
        return Verdict("rejected", why, figures)
    return None


def _ranks(values: Array) -> Array:
    """Dense ranks: keeps the order and the ties, and makes infinities comparable by difference."""
    return np.unique(values, return_inverse=True)[1].astype(np.float64)


def _said(report: Report, low: float, high: float) -> str:
    return (
        f"ROC-AUC {report.roc_auc:.2f} ({low:.2f} to {high:.2f}), lift in the top tenth {report.lift_top_decile:.1f}, "
        f"calibration error {report.calibration_error:.3f}"
    )
