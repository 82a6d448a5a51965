"""The drift guard: are today's features still the kind that the model learned on? Pure.

A profile is taken at training and kept with the model. A severe finding stops the forecast, others are told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from config.churn import Drift
from ml.features import FEATURES, NAMES, values_of
from ml.resample import Array

if TYPE_CHECKING:
    import pandas as pd

BINS = 10
# An empty bin counts as this share, so that PSI stays finite.
FLOOR = 1e-3
# Fewer non-zero values say nothing about a column's unit.
MIN_NONZERO = 10
AGEING = frozenset(feature.name for feature in FEATURES if feature.ages)
Profile = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Drifted:
    """One finding: a sentence about a feature."""

    feature: str
    severe: bool
    text: str


def profile(frame: "pd.DataFrame") -> dict[str, dict[str, Any]]:
    """What is normal, by feature: unknown share, decile edges and shares, commonest value's share, mean size, medians.

    peers: the median by segment and over all ("all"), the baseline of reasons; None where nothing is known.
    """
    values = values_of(frame)
    return {name: {**_profile_of(values[:, i]), "peers": _peers(frame, name)} for i, name in enumerate(NAMES)}


def drifted(frame: "pd.DataFrame", normal: Profile, config: Drift) -> list[Drifted]:
    """Findings on one day's frame, in the order of the list; none when there are too few accounts to tell."""
    if len(frame) < config.min_accounts:
        return []
    findings = []
    for name, values in zip(NAMES, values_of(frame).T, strict=True):
        checks = (_emptied, _frozen, _rescaled, _shifted)
        found = [finding for check in checks if (finding := check(name, values, normal[name], config))]
        findings.extend(sorted(found, key=lambda finding: not finding.severe)[:1])
    return findings


def psi(shares: Array, expected: Array) -> float:
    """Population stability index of two histograms over the same bins: 0 is the same, above 0.25 is called shifted."""
    now, then = np.maximum(shares, FLOOR), np.maximum(expected, FLOOR)
    return float(((now - then) * np.log(now / then)).sum())


def _profile_of(values: Array) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.zeros(0)
    counts = np.unique(known, return_counts=True)[1]
    return {
        "null_rate": float(np.isnan(values).mean()) if len(values) else 1.0,
        "edges": edges.tolist(),
        "shares": _shares(known, edges).tolist(),
        "mode_share": float(counts.max() / len(known)) if len(known) else 1.0,
        "size": _size(known),
    }


def _peers(frame: "pd.DataFrame", name: str) -> dict[str, float | None]:
    medians = frame.groupby("segment", dropna=True)[name].median().dropna()
    overall = frame[name].median()
    everyone = None if np.isnan(overall) else float(overall)
    return {"all": everyone, **{str(segment): float(median) for segment, median in sorted(medians.items())}}


def _shares(known: Array, edges: Array) -> Array:
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    shares: Array = counts / max(1, len(known))
    return shares


def _size(known: Array) -> float | None:
    nonzero = np.abs(known[known != 0])
    return float(nonzero.mean()) if len(nonzero) >= MIN_NONZERO else None


def _emptied(name: str, values: Array, normal: Mapping[str, Any], config: Drift) -> Drifted | None:
    rate, expected = float(np.isnan(values).mean()), float(normal["null_rate"])
    text = f"{name} is unknown for {rate:.0%} of the accounts, {expected:.0%} in training"
    unlikely = rate == 1.0 and expected ** len(values) < config.chance_severe
    if unlikely or rate - expected > config.null_rate_severe:
        return Drifted(name, True, text)
    return Drifted(name, False, text) if rate - expected > config.null_rate_warn else None


def _frozen(name: str, values: Array, normal: Mapping[str, Any], config: Drift) -> Drifted | None:
    known = values[~np.isnan(values)]
    if len(known) < config.min_accounts or (known != known[0]).any():
        return None
    unlikely = float(normal["mode_share"]) ** len(known) < config.chance_severe
    return Drifted(name, True, f"{name} is {known[0]:g} for every account") if unlikely else None


def _rescaled(name: str, values: Array, normal: Mapping[str, Any], config: Drift) -> Drifted | None:
    now, then = _size(values[~np.isnan(values)]), normal["size"]
    if now is None or then is None:
        return None
    factor = now / then
    if 1 / config.scale_severe <= factor <= config.scale_severe:
        return None
    return Drifted(name, True, f"{name} is {factor:.3g} times its size in training")


def _shifted(name: str, values: Array, normal: Mapping[str, Any], config: Drift) -> Drifted | None:
    known = values[~np.isnan(values)]
    if name in AGEING or len(known) < config.min_accounts or not normal["edges"]:
        return None
    distance = psi(_shares(known, np.array(normal["edges"])), np.array(normal["shares"]))
    if distance <= config.psi_warn:
        return None
    return Drifted(name, distance > config.psi_severe, f"{name} has shifted (PSI {distance:.2f})")
