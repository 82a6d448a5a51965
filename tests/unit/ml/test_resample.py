"""Resamples of accounts: what is drawn together, and in what pieces it is spread over the rows."""

import numpy as np
import pytest

from ml import resample
from ml.resample import Resamples, interval

ACCOUNTS = np.array(["a", "b", "a", "c", "b"], dtype=object)


def weights_of(resamples: Resamples) -> np.ndarray:
    return np.concatenate(list(resamples.weights()))


def test_all_weeks_of_an_account_are_drawn_together() -> None:
    weights = weights_of(Resamples.of_accounts(ACCOUNTS, 50, seed=1))
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(weights, axis=0)) > 5


def test_rows_in_another_order_keep_their_weights() -> None:
    drawn, order = Resamples.of_accounts(ACCOUNTS, 50, seed=1), np.array([3, 0, 4, 1, 2])
    assert (weights_of(drawn.reordered(order)) == weights_of(drawn)[:, order]).all()


def test_slices_hold_no_more_cells_than_they_may_and_together_every_resample(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Resamples.of_accounts(ACCOUNTS, 50, seed=1)
    whole = weights_of(drawn)
    monkeypatch.setattr(resample, "CELLS_PER_SLICE", 16)
    assert {few.shape for few in drawn.weights()} == {(3, 5), (2, 5)}
    assert (weights_of(drawn) == whole).all()


def test_more_rows_than_a_slice_has_cells_are_weighted_one_resample_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample, "CELLS_PER_SLICE", 3)
    assert [few.shape for few in Resamples.of_accounts(ACCOUNTS, 4, seed=1).weights()] == [(1, 5)] * 4


def test_everyone_counts_once() -> None:
    assert weights_of(Resamples.everyone(4)).tolist() == [[1.0] * 4]


def test_an_interval_of_nothing_is_unbounded() -> None:
    assert interval(np.array([np.nan]), 0.9) == (-np.inf, np.inf)
    assert interval(np.arange(101.0), 0.9) == pytest.approx((5.0, 95.0))
