"""Weights learned from churn that was made by known weights."""

from datetime import date, timedelta

import numpy as np
import pytest

from copilot.health.week import Week
from copilot.health.weights import MAX_WEIGHT, fit, propose, quality, scores

NAMES = ("strong", "weak", "noise", "backwards", "other")


def _made(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Departures driven by the first part, a little by the second, and by more of the fourth."""
    chance = np.random.default_rng(7)
    parts = chance.random((n, len(NAMES)))
    logit = -1 - 3 * parts[:, 0] - 1 * parts[:, 1] + 2 * parts[:, 3]
    return parts, (chance.random(n) < 1 / (1 + np.exp(-logit))).astype(float)


def test_fitted_weights_follow_what_drives_departures_and_never_turn_a_component_round() -> None:
    weights = dict(zip(NAMES, fit(*_made(20_000)), strict=True))

    assert weights["strong"] == MAX_WEIGHT
    assert weights["weak"] > weights["noise"]
    assert weights["backwards"] == 0
    assert sum(weights.values()) == pytest.approx(1, abs=1e-9)


def test_an_unknown_part_is_carried_by_the_others_and_changes_no_weight() -> None:
    parts = np.array([[1.0, np.nan], [0.0, 1.0], [np.nan, np.nan]])

    assert scores(parts, np.array([0.25, 0.75])).tolist() == [100, 75, 0]


def test_nothing_to_learn_gives_equal_weights_that_sum_to_one() -> None:
    weights = fit(np.full((50, 7), 0.5), np.repeat([0.0, 1.0], 25))

    assert weights.sum() == pytest.approx(1)
    assert set(weights.tolist()) == {0.14, 0.15}


def test_quality_counts_ties_half_and_knows_a_perfect_and_a_useless_score() -> None:
    left = np.array([1.0, 1.0, 0.0, 0.0])

    assert quality(np.array([1.0, 2.0, 3.0, 4.0]), left).roc_auc == 1
    assert quality(np.array([5.0, 5.0, 5.0, 5.0]), left).roc_auc == 0.5


def test_weights_are_learned_before_the_split_and_judged_after_it() -> None:
    parts, left = _made(2_000)
    weeks = [
        Week(date(2026, 1, 4) + timedelta(weeks=n % 40), f"a{n}", "p", 50, bool(left[n]), None,
             dict(zip(NAMES, parts[n], strict=True)))
        for n in range(2_000)
    ]  # fmt: skip
    hand = dict.fromkeys(NAMES, 0.2)

    proposal = propose(weeks, hand, date(2026, 7, 5), 60)

    assert proposal.by_fit.roc_auc > proposal.by_hand.roc_auc
    learned = [week for week in weeks if week.has_left and week.as_of + timedelta(days=60) < date(2026, 7, 5)]
    assert proposal.n_learned_departures == len(learned)
    with pytest.raises(ValueError, match="nothing to learn from"):
        propose(weeks, hand, date(2026, 1, 4), 60)
