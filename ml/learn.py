"""From a training frame to a judged model: split, fit, calibrate, evaluate, gate, refit. Pure and seeded.

The model that goes into use is refitted on every row whose label is complete, with the number of rounds fixed by early
stopping. Its figures stay those of its twin that had not seen the later months, and so does its calibration: the curve
is fitted on the twin's held-out margins (validation and test), since the refitted model has no unseen rows left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from config.churn import ChurnConfig
from ml import candidates
from ml.admit import CANDIDATE, HeldOut, Verdict, admit, enough_churn, leaking_features
from ml.calibrate import Curve, fit_curve, platt, sigmoid
from ml.drift import profile
from ml.evaluate import Report, evaluate
from ml.features import NAMES, label_name
from ml.resample import Array, Resamples
from ml.split import Part, Split, TooShortError, split

if TYPE_CHECKING:
    import pandas as pd
    import xgboost


@dataclass(frozen=True)
class Parts:
    """The rows of the three parts of a split."""

    train: "pd.DataFrame"
    validation: "pd.DataFrame"
    test: "pd.DataFrame"


@dataclass(frozen=True)
class Twin:
    """One horizon's model that has not seen the test weeks: its rounds, and its margins on them and on validation."""

    rounds: int
    validation: Array
    test: Array


@dataclass(frozen=True)
class Forecaster:
    """What goes into use: trees and a curve per horizon, the training rate, and what features normally look like."""

    boosters: "Mapping[int, xgboost.Booster]"
    curves: Mapping[int, Curve]
    base_rates: Mapping[int, float]
    profile: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Learned:
    """The outcome of a training: a verdict always; the rest as far as it got.

    reports: (candidate, horizon) -> figures on the test weeks.  scores: candidate -> probabilities of the test rows.
    """

    verdict: Verdict
    split: Split | None = None
    reports: Mapping[tuple[str, int], Report] = field(default_factory=dict)
    test: "pd.DataFrame | None" = None
    scores: Mapping[str, Array] = field(default_factory=dict)
    forecaster: Forecaster | None = None
    rounds: Mapping[int, int] = field(default_factory=dict)


def learn(frame: "pd.DataFrame", config: ChurnConfig) -> Learned:
    """Judge what can be learned from the frame; never raises for thin or useless data, but says so.

    One thread, also below numpy and scikit-learn: sums keep their order, and a shared machine is not kept spinning.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(config.booster.threads):
        return _learn(frame, config)


def _learn(frame: "pd.DataFrame", config: ChurnConfig) -> Learned:
    main = label_name(config.main_horizon_days)
    refusal = enough_churn(n_churned_accounts(frame, main), config.gate)
    if refusal:
        return Learned(refusal)
    try:
        cut = split([day.date() for day in frame["as_of_date"].drop_duplicates()], config)
    except TooShortError as error:
        return Learned(Verdict("rejected", f"rules only: {error}"))
    parts = Parts(*(_rows(frame, part) for part in (cut.train, cut.validation, cut.test)))
    refusal = _thin_part(parts, main, config) or _leak(frame, main, config)
    return Learned(refusal, cut) if refusal else _judge(frame, parts, cut, config)


def n_churned_accounts(frame: "pd.DataFrame", label: str) -> int:
    """Distinct accounts with at least one positive label."""
    return int(frame.loc[frame[label] == 1, "account_id"].nunique())


def _judge(frame: "pd.DataFrame", parts: Parts, cut: Split, config: ChurnConfig) -> Learned:
    main = config.main_horizon_days
    twins = {horizon: _twin(parts, label_name(horizon), config) for horizon in config.horizons_days}
    scores = _main_scores(parts, twins[main], config)
    labels = parts.test[label_name(main)].to_numpy(np.float64)
    reports = {(name, main): evaluate(p, labels) for name, p in scores.items()}
    for horizon in config.horizons_days:
        outcome = parts.test[label_name(horizon)].to_numpy(np.float64)
        if horizon != main and 0 < outcome.sum() < len(outcome):
            reports[CANDIDATE, horizon] = evaluate(_calibrated(parts, twins[horizon], label_name(horizon)), outcome)
    drawn = Resamples.of_accounts(parts.test["account_id"].to_numpy(object), config.gate.resamples, config.seed)
    verdict = admit(HeldOut(scores, labels, drawn), reports[CANDIDATE, main], config.gate)
    rounds = {horizon: twin.rounds for horizon, twin in twins.items()}
    forecaster = _refit(frame, parts, twins, config) if verdict.status == "champion" else None
    return Learned(verdict, cut, reports, parts.test, scores, forecaster, rounds)


def _twin(parts: Parts, label: str, config: ChurnConfig) -> Twin:
    booster = candidates.grow_until(parts.train, parts.validation, label, config.booster, config.seed)
    margins = [candidates.booster_margins(booster, candidates.matrix(rows)) for rows in (parts.validation, parts.test)]
    return Twin(booster.num_boosted_rounds(), *margins)


def _calibrated(parts: Parts, twin: Twin, label: str) -> Array:
    return platt(twin.validation, parts.validation[label].to_numpy(np.float64), twin.test)


def _main_scores(parts: Parts, twin: Twin, config: ChurnConfig) -> dict[str, Array]:
    """Every candidate's probabilities of the test rows; all but the constant calibrated on the same validation rows."""
    label = label_name(config.main_horizon_days)
    truth = parts.validation[label].to_numpy(np.float64)
    logistic = candidates.logistic_margins(parts.train, label, (parts.validation, parts.test))
    ranked: Sequence[tuple[str, Array, Array]] = (
        ("logistic", logistic[0], logistic[1]),
        ("rules", candidates.rule_margins(parts.validation), candidates.rule_margins(parts.test)),
        ("recency", candidates.recency_margins(parts.validation), candidates.recency_margins(parts.test)),
    )
    return {
        CANDIDATE: _calibrated(parts, twin, label),
        f"{CANDIDATE}_uncalibrated": sigmoid(twin.test),
        **{name: platt(validation, truth, test) for name, validation, test in ranked},
        "constant": sigmoid(candidates.constant_margins(parts.train, label, parts.test)),
    }


def _refit(frame: "pd.DataFrame", parts: Parts, twins: Mapping[int, Twin], config: ChurnConfig) -> Forecaster:
    import pandas as pd

    start = parts.train["as_of_date"].min()
    rows = frame[frame["as_of_date"] >= start]
    held_out = pd.concat([parts.validation, parts.test])
    boosters, curves = {}, {}
    for horizon, twin in twins.items():
        label = label_name(horizon)
        boosters[horizon] = candidates.grow(rows, label, twin.rounds, config.booster, config.seed)
        margins = np.concatenate([twin.validation, twin.test])
        accounts, outcome = held_out["account_id"].to_numpy(object), held_out[label].to_numpy(np.float64)
        curves[horizon] = fit_curve(margins, outcome, accounts, config.calibration, config.seed)
    newest = rows["as_of_date"].max() - pd.Timedelta(weeks=config.drift.profile_weeks)
    rates = {horizon: float(rows[label_name(horizon)].mean()) for horizon in twins}
    return Forecaster(boosters, curves, rates, profile(rows[rows["as_of_date"] > newest]))


def _rows(frame: "pd.DataFrame", part: Part) -> "pd.DataFrame":
    import pandas as pd

    days = frame["as_of_date"]
    return frame[(days >= pd.Timestamp(part.start)) & (days < pd.Timestamp(part.end))]


def _thin_part(parts: Parts, label: str, config: ChurnConfig) -> Verdict | None:
    least = config.gate.min_churned_per_fold
    for name, rows in (("learning", parts.train), ("calibration", parts.validation), ("later", parts.test)):
        found = n_churned_accounts(rows, label)
        if found < least or rows[label].all():
            why = f"rules only: {found} accounts left in the {name} weeks, measuring needs at least {least}"
            return Verdict("rejected", why)
    return None


def _leak(frame: "pd.DataFrame", label: str, config: ChurnConfig) -> Verdict | None:
    found = leaking_features(frame[list(NAMES)], frame[label].to_numpy(np.float64), config.gate)
    if not found:
        return None
    named = ", ".join(f"{name} (AUC {area:.2f})" for name, area in found.items())
    why = f"leak alarm: {named} tells the outcome too well to be known beforehand"
    return Verdict("rejected", why, {"leaking_features": found})
