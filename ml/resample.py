"""Accounts drawn with replacement, again and again: how sure a figure is. Pure and seeded."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
# Resamples are spread over the rows in slices, so that memory stays at tens of MB whatever the number of rows.
CELLS_PER_SLICE = 4_000_000


@dataclass(frozen=True)
class Resamples:
    """How often each of n rows counts in each of b resamples.

    counts: (b, accounts), how often each account was drawn.  account: (n,), each row's column of them. Kept apart, as
    an account has a row a week: spread over the rows, the resamples of 10,000 accounts would fill a gigabyte.
    """

    counts: npt.NDArray[np.int64]
    account: npt.NDArray[np.intp]

    @staticmethod
    def everyone(n: int) -> "Resamples":
        """One resample in which each of n rows counts once."""
        return Resamples(np.ones((1, 1), np.int64), np.zeros(n, np.intp))

    @staticmethod
    def of_accounts(accounts: npt.NDArray[np.object_], n_resamples: int, seed: int) -> "Resamples":
        """Resamples of the accounts that the rows belong to, (n,).

        All weeks of an account are drawn together: they are near-copies, and drawing rows would promise narrow
        intervals.
        """
        names, account = np.unique(accounts.astype(str), return_inverse=True)
        rng = np.random.default_rng(seed)
        counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n_resamples)
        return Resamples(counts, account)

    def reordered(self, order: npt.NDArray[np.intp]) -> "Resamples":
        """The same resamples of the rows in another order."""
        return Resamples(self.counts, self.account[order])

    def weights(self) -> Iterator[Array]:
        """The weights of the rows, (a few resamples, n) at a time, in order."""
        few = max(1, CELLS_PER_SLICE // len(self.account))
        for first in range(0, len(self.counts), few):
            yield self.counts[first : first + few][:, self.account].astype(np.float64)


def interval(values: Array, confidence_ratio: float) -> tuple[float, float]:
    """The central interval of resampled figures; NaN resamples are left out. (-inf, inf) when none is left."""
    known = values[~np.isnan(values)]
    if not len(known):
        return -np.inf, np.inf
    tail = (1 - confidence_ratio) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
