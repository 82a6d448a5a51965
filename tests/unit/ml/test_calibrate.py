"""Calibration: the curve finds a known distortion, keeps the ranking, and its band holds it."""

import numpy as np

from config.churn import churn_config
from ml.calibrate import GRID, Curve, fit_curve, platt, sigmoid
from ml.evaluate import calibration_error

CALIBRATION = churn_config().calibration.model_copy(update={"resamples": 60})


def distorted(n: int = 4000, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Margins that are twice too sure and too high by two, for 400 accounts."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(-2, 1, n)
    outcome = (rng.random(n) < sigmoid(honest)).astype(float)
    return 2 * honest + 2, outcome, np.array([f"A{i % 400}" for i in range(n)], dtype=object)


def test_a_known_distortion_is_undone() -> None:
    margins, outcome, accounts = distorted()
    p = fit_curve(margins, outcome, accounts, CALIBRATION, seed=1).apply(margins)[0]
    assert calibration_error(sigmoid(margins), outcome) > 0.08
    assert calibration_error(p, outcome) < 0.02


def test_the_band_holds_its_middle_and_the_table_rises() -> None:
    margins, outcome, accounts = distorted(300)
    curve = fit_curve(margins, outcome, accounts, CALIBRATION, seed=1)
    assert len(curve.p) == len(GRID)
    assert ((curve.low <= curve.p) & (curve.p <= curve.high)).all()
    for column in (curve.p, curve.low, curve.high):
        assert (np.diff(column) >= 0).all()
    assert (curve.high - curve.low).max() > 0.01


def test_fewer_accounts_give_a_wider_band() -> None:
    margins, outcome, accounts = distorted()
    few = np.array([f"A{i % 30}" for i in range(400)], dtype=object)
    wide = fit_curve(margins[:400], outcome[:400], few, CALIBRATION, seed=1)
    narrow = fit_curve(margins, outcome, accounts, CALIBRATION, seed=1)
    middle = slice(150, 250)
    assert (wide.high - wide.low)[middle].mean() > 1.5 * (narrow.high - narrow.low)[middle].mean()


def test_a_model_that_ranks_backwards_is_told_flat() -> None:
    margins, outcome, _ = distorted()
    p = platt(-margins, outcome, np.array([-3.0, 0.0, 3.0]))
    assert np.allclose(p, outcome.mean(), atol=0.01)


def test_a_curve_survives_being_written_and_one_margin_reads_as_in_a_batch() -> None:
    margins, outcome, accounts = distorted(300)
    curve = fit_curve(margins, outcome, accounts, CALIBRATION, seed=1)
    again = Curve.of_json(curve.as_json())
    batch = again.apply(margins)[0]
    assert (batch == curve.apply(margins)[0]).all()
    assert all(again.apply(margins[i : i + 1])[0][0] == batch[i] for i in range(50))
