"""The churn model's choices (config/churn.yml), typed and checked."""

from functools import cache
from typing import Annotated, Any

from pydantic import Field

from config.checked import Strict, checked
from config.settings import CONFIG_DIR, load_yaml

CHURN = CONFIG_DIR / "churn.yml"
Ratio = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[int, Field(gt=0)]


class Labels(Strict):
    """What is learned from: where a window begins, and how far ahead renewals are looked at."""

    gap_days: int = Field(ge=0)
    renewal_within_days: Positive


class Folds(Strict):
    """How long each part of the temporal split is."""

    warm_up_days: int = Field(ge=0)
    min_train_weeks: Positive
    validation_weeks: Positive
    test_weeks: Positive


class Booster(Strict):
    """The trees."""

    max_depth: Positive
    learning_rate: Ratio
    max_rounds: Positive
    patience_rounds: Positive
    min_child_weight: float = Field(ge=0)
    subsample: Ratio
    column_share: Ratio
    l2: float = Field(ge=0)
    threads: Positive


class Calibration(Strict):
    """The band around a calibrated probability."""

    resamples: Positive
    band_ratio: Ratio


class Gate(Strict):
    """What a model must show on later months before it is used."""

    min_churned_accounts: Positive
    min_churned_per_fold: Positive
    resamples: Positive
    confidence_ratio: Ratio
    roc_auc_above_chance: float = Field(ge=0, lt=0.5)
    min_lift_top_decile: float = Field(ge=1)
    max_calibration_error: Ratio
    max_single_feature_auc: float = Field(gt=0.5, le=1)
    min_overlap_churned: Positive


class Abstain(Strict):
    """When an account is too little known for a forecast."""

    min_tenure_days: int = Field(ge=0)
    min_coverage_ratio: Ratio


class Drift(Strict):
    """How far a day's features may be from those the model learned on."""

    min_accounts: Positive
    profile_weeks: Positive
    psi_warn: float = Field(gt=0)
    psi_severe: float = Field(gt=0)
    null_rate_warn: Ratio
    null_rate_severe: Ratio
    scale_severe: float = Field(gt=1)
    chance_severe: Ratio


class Reasons(Strict):
    """Which pushes are worth a sentence."""

    min_contribution: float = Field(ge=0)
    min_change_ratio: Ratio


class ChurnConfig(Strict):
    """Everything that was chosen about the churn model."""

    horizons_days: tuple[Positive, ...] = Field(min_length=1)
    main_horizon_days: Positive
    labels: Labels
    seed: int
    folds: Folds
    booster: Booster
    calibration: Calibration
    gate: Gate
    abstain: Abstain
    drift: Drift
    reasons: Reasons
    keep_versions: Positive


@cache
def churn_config() -> ChurnConfig:
    """The choices of config/churn.yml. Raises ConfigError naming each wrong one."""
    return checked(ChurnConfig, load_yaml(CHURN), CHURN)


def as_variables(config: ChurnConfig) -> dict[str, Any]:
    """What dbt needs to know of it to build the labels."""
    return {
        "label_horizons_days": list(config.horizons_days),
        "label_gap_days": config.labels.gap_days,
        "label_renewal_within_days": config.labels.renewal_within_days,
    }
