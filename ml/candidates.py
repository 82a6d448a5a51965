"""The candidates: the trees, and what they must beat. Each turns a frame of features into margins. Pure, seeded.

A margin is a score on the log-odds scale, (n,) float64, higher = more likely to leave.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from config.churn import Booster
from ml.evaluate import EPSILON
from ml.features import FEATURES, NAMES, values_of
from ml.resample import Array

if TYPE_CHECKING:
    import pandas as pd
    import xgboost

# (feature, "above" or "below", threshold, points): the signals that a CSM would name (R45), in round numbers.
# An unknown value earns no points; the sum of all points is 100.
RULES: tuple[tuple[str, str, float, float], ...] = (
    ("login_recency_days", "above", 14, 15),
    ("login_recency_days", "above", 30, 15),
    ("events_28d_vs_prior_ratio", "below", 0.7, 15),
    ("active_users_28d_vs_prior_ratio", "below", 0.7, 10),
    ("seat_use_28d_ratio", "below", 0.3, 10),
    ("urgent_tickets_28d", "above", 0, 10),
    ("tickets_28d", "above", 3, 5),
    ("days_past_due", "above", 0, 10),
    ("failed_payments_84d", "above", 0, 10),
)
# What a rule score is worth in log-odds before it is calibrated like everyone else; only the order matters.
LOG_ODDS_PER_POINT = 0.04
# A day without use in log-odds, for the same reason.
LOG_ODDS_PER_IDLE_DAY = 0.05
LONGEST_IDLE_DAYS = 180.0


def matrix(frame: "pd.DataFrame") -> "xgboost.DMatrix":
    """The features, by name and in the order of the list, whatever the order of the frame's columns."""
    import xgboost

    return xgboost.DMatrix(values_of(frame), feature_names=list(NAMES), missing=np.nan, nthread=1)


def grow(train: "pd.DataFrame", label: str, rounds: int, config: Booster, seed: int) -> "xgboost.Booster":
    """Exactly `rounds` trees for log loss: no resampling, no class weights (they cost ranking and calibration)."""
    import xgboost

    return xgboost.train(parameters(config, seed), _labelled(train, label), num_boost_round=rounds)


def grow_until(
    train: "pd.DataFrame", later: "pd.DataFrame", label: str, config: Booster, seed: int
) -> "xgboost.Booster":
    """As many trees as keep helping on the later rows (patience); what came after the best is cut off."""
    import xgboost

    booster = xgboost.train(
        parameters(config, seed),
        _labelled(train, label),
        num_boost_round=config.max_rounds,
        evals=[(_labelled(later, label), "later")],
        early_stopping_rounds=config.patience_rounds,
        verbose_eval=False,
    )
    return booster[: booster.best_iteration + 1]


def _labelled(frame: "pd.DataFrame", label: str) -> "xgboost.DMatrix":
    rows = matrix(frame)
    rows.set_label(frame[label].to_numpy())
    return rows


def parameters(config: Booster, seed: int) -> dict[str, Any]:
    """XGBoost's names for our choices."""
    return {
        "objective": "binary:logistic",
        "eval_metric": "logloss",
        "tree_method": "hist",
        "max_depth": config.max_depth,
        "eta": config.learning_rate,
        "min_child_weight": config.min_child_weight,
        "subsample": config.subsample,
        "colsample_bytree": config.column_share,
        "lambda": config.l2,
        "monotone_constraints": "(" + ",".join(str(feature.monotone) for feature in FEATURES) + ")",
        "nthread": config.threads,
        "seed": seed,
    }


def booster_margins(booster: "xgboost.Booster", rows: "xgboost.DMatrix") -> Array:
    """The trees' log-odds for each row of matrix()."""
    return booster.predict(rows, output_margin=True).astype(np.float64)  # type: ignore[no-any-return]


def logistic_margins(train: "pd.DataFrame", label: str, others: "Sequence[pd.DataFrame]") -> list[Array]:
    """Logistic regression with everything fitted inside its pipeline, learned on `train`, applied to `others`."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    # keep_empty_features: a column that is all unknown stays a column, so that the same features come out every time.
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    pipeline = make_pipeline(
        fill, FunctionTransformer(squash), StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)
    )
    pipeline.fit(values_of(train), train[label].to_numpy())
    return [pipeline.decision_function(values_of(other)).astype(np.float64) for other in others]


def squash(values: Array) -> Array:
    """Signed log: counts and money have long tails that would own a straight line."""
    squashed: Array = np.sign(values) * np.log1p(np.abs(values))
    return squashed


def constant_margins(train: "pd.DataFrame", label: str, frame: "pd.DataFrame") -> Array:
    """Everybody at the training rate: what "we know nothing" scores."""
    rate = float(np.clip(train[label].mean(), EPSILON, 1 - EPSILON))
    return np.full(len(frame), np.log(rate / (1 - rate)))


def recency_margins(frame: "pd.DataFrame") -> Array:
    """Rank by days since the last use; never used counts as the longest."""
    idle = frame["login_recency_days"].fillna(LONGEST_IDLE_DAYS).clip(0, LONGEST_IDLE_DAYS).to_numpy(np.float64)
    margins: Array = idle * LOG_ODDS_PER_IDLE_DAY
    return margins


def rule_margins(frame: "pd.DataFrame") -> Array:
    """The points of RULES."""
    points = np.zeros(len(frame))
    for name, side, threshold, worth in RULES:
        values = frame[name].to_numpy(np.float64)
        with np.errstate(invalid="ignore"):
            points += worth * (values > threshold if side == "above" else values < threshold)
    return points * LOG_ODDS_PER_POINT
