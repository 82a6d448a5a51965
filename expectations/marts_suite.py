"""Gate 2's suite: what the columns of the day's marts must look like. Values only; `columns.evaluate` runs them."""

from collections.abc import Mapping

from config.gates import Limit
from expectations.columns import ColumnRule, between, in_order, one_of, present, unique

# In this room one wrong row is enough to hold: the marts are our own work, not somebody's export.
NONE_AT_ALL = Limit(0.0, 0.0)

LIFECYCLES = ("trial", "onboarding", "active", "churn_pending", "churned")
# No feature is a quadrillion; infinities and NaN lie outside every bound.
FINITE = 1e15
# The columns of marts.churn_features that are not features.
NOT_FEATURES = ("as_of_date", "account_id", "segment", "max_recorded_at")

# The marts of which gate 2 looks at the day's rows, with their grain.
MARTS: dict[str, tuple[str, ...]] = {
    "fct_account_days": ("account_id",),
    "account_health_daily": ("account_id", "profile"),
    "account_health_component_daily": ("account_id", "profile", "component"),
    "churn_features": ("account_id",),
    "mart_kpi_daily": ("segment",),
}
RANGES: dict[tuple[str, str], tuple[float | None, float | None]] = {
    ("fct_account_days", "health_score"): (0, 100),
    ("fct_account_days", "health_coverage_ratio"): (0, 1),
    ("fct_account_days", "mrr_usd"): (0, FINITE),
    ("fct_account_days", "usage_score"): (0, 1),
    ("fct_account_days", "penalty_v0"): (0, 1),
    ("fct_account_days", "points_v0"): (0, 100),
    ("fct_account_days", "weighted_v1"): (0, 100),
    ("account_health_daily", "raw_score"): (-FINITE, FINITE),
    ("account_health_daily", "health_score"): (0, 100),
    ("account_health_daily", "coverage_ratio"): (0, 1),
    ("account_health_component_daily", "normalised"): (-FINITE, FINITE),
    ("account_health_component_daily", "points"): (-FINITE, FINITE),
    ("mart_kpi_daily", "avg_health_score"): (0, 100),
    ("mart_kpi_daily", "mrr_usd"): (0, FINITE),
}
NEEDED = (
    ("fct_account_days", "account_id"),
    ("fct_account_days", "lifecycle"),
    ("account_health_daily", "is_scored"),
    ("churn_features", "account_id"),
    ("churn_features", "max_recorded_at"),
    ("mart_kpi_daily", "mrr_usd"),
    ("mart_kpi_daily", "n_accounts"),
)


def marts_rules(features: list[str], n_rows: Mapping[str, int]) -> list[ColumnRule]:
    """The rules for the marts that have rows on the day. `features`: the numeric columns of churn_features."""
    rules = [present(mart, column, NONE_AT_ALL, needed=True) for mart, column in NEEDED]
    rules += [between(mart, column, bounds, NONE_AT_ALL) for (mart, column), bounds in RANGES.items()]
    rules += [between("churn_features", feature, (-FINITE, FINITE), NONE_AT_ALL) for feature in features]
    rules.append(one_of("fct_account_days", "lifecycle", LIFECYCLES, NONE_AT_ALL))
    rules += [_one_row_each(mart, grain) for mart, grain in MARTS.items()]
    too_late = "made from something recorded after the day"
    rules.append(in_order("churn_features", ("max_recorded_at", "last_instant"), too_late, NONE_AT_ALL))
    return [rule for rule in rules if n_rows.get(rule.table)]


def _one_row_each(mart: str, grain: tuple[str, ...]) -> ColumnRule:
    return unique(mart, grain, f"that share their {' and '.join(grain)} with another of the day", NONE_AT_ALL)
