"""Figures of merit against scikit-learn, and what ties and odd input do."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from ml.evaluate import average_precision, calibration_error, evaluate, roc_auc, top_decile_hits
from ml.resample import Resamples


def scored(n: int = 500, seed: int = 1, places: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with many ties, and outcomes that follow them."""
    rng = np.random.default_rng(seed)
    p = np.round(rng.random(n) * 0.5, places)
    return p, (rng.random(n) < p).astype(float)


@pytest.mark.parametrize("places", [1, 2, 8])
def test_areas_brier_and_log_loss_are_those_of_scikit_learn(places: int) -> None:
    p, y = scored(places=places)
    report = evaluate(p, y)
    assert report.pr_auc == pytest.approx(average_precision_score(y, p), abs=1e-12)
    assert report.roc_auc == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert report.brier == pytest.approx(brier_score_loss(y, p), abs=1e-12)
    assert report.log_loss == pytest.approx(log_loss(y, np.clip(p, 1e-12, 1)), abs=1e-9)


def test_a_row_that_counts_twice_is_two_rows() -> None:
    p, y = scored(60)
    counts = np.random.default_rng(3).integers(0, 3, 60)
    repeated, drawn = np.repeat(np.arange(60), counts), Resamples(counts[None], np.arange(60))
    assert average_precision(p, y, drawn)[0] == pytest.approx(average_precision_score(y[repeated], p[repeated]))
    assert roc_auc(p, y, drawn)[0] == pytest.approx(roc_auc_score(y[repeated], p[repeated]))


def test_equal_scores_for_all_have_lift_one_on_average_and_a_wide_range() -> None:
    y = np.zeros(100)
    y[:20] = 1
    report = evaluate(np.full(100, 0.2), y)
    assert (report.lift_top_decile, report.lift_top_decile_worst, report.lift_top_decile_best) == (1.0, 0.0, 5.0)
    assert report.roc_auc == 0.5
    assert report.pr_auc == pytest.approx(report.base_rate)


def test_ties_at_the_border_of_the_decile_give_a_range_around_the_sure_hits() -> None:
    scores = np.array([0.9] + [0.5] * 3 + [0.1] * 16)
    labels = np.array([1.0, 1, 0, 0] + [0] * 16)
    assert top_decile_hits(scores, labels) == (1.0, pytest.approx(4 / 3), 2.0)


def test_calibration_error_is_the_mean_gap_of_ten_equal_bins() -> None:
    p, y = np.full(100, 0.3), np.tile([1.0] + [0.0] * 9, 10)
    assert calibration_error(p, y) == pytest.approx(0.2)
    assert calibration_error(np.full(100, 0.1), y) == pytest.approx(0.0)


def test_one_outcome_or_a_nan_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="both outcomes"):
        evaluate(np.array([0.1, 0.2]), np.zeros(2))
    with pytest.raises(ValueError, match="NaN"):
        evaluate(np.array([0.1, np.nan]), np.array([0.0, 1.0]))
