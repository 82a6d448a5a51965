"""Random numbers that depend on what they are for, not on when they are drawn.

Every number is a hash of (seed, stream name, keys), with keys such as account and day. A longer or larger company
therefore repeats each earlier number exactly, in any order and in chunks of any size.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[Any]
NEVER = -1  # absent date or instant in the integer columns of this package
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53
_MOST = 400  # a Poisson draw stops here: rates in this package stay far below


def _mixed(x: Array) -> Array:
    """The splitmix64 finaliser: every input bit flips about half of the output bits."""
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return np.asarray(x ^ (x >> np.uint64(31)))


@dataclass(frozen=True)
class Chance:
    """All randomness of one company."""

    seed: int

    def bits(self, stream: str, *keys: Any) -> Array:
        """Uniform uint64 of the broadcast shape of the integer keys."""
        digest = blake2b(f"{self.seed}:{stream}".encode(), digest_size=8).digest()
        state: Array = np.array([int.from_bytes(digest, "little")], dtype=np.uint64)
        for key in keys:
            state = _mixed(state + (np.atleast_1d(key).astype(np.int64).view(np.uint64) + np.uint64(1)) * _GOLDEN)
        return state

    def uniform(self, stream: str, *keys: Any) -> Array:
        """Float64 in (0, 1), never exactly 0 or 1."""
        return ((self.bits(stream, *keys) >> np.uint64(11)).astype(np.float64) + 0.5) * _TO_UNIT

    def normal(self, stream: str, *keys: Any) -> Array:
        """Standard normal float64."""
        return np.asarray(ndtri(self.uniform(stream, *keys)))

    def exponential(self, stream: str, *keys: Any) -> Array:
        """Exponential float64 with mean 1."""
        return np.asarray(-np.log(self.uniform(stream, *keys)))

    def integers(self, stream: str, below: Any, *keys: Any) -> Array:
        """Int64 in [0, below)."""
        return np.asarray(np.floor(self.uniform(stream, *keys) * below).astype(np.int64))

    def poisson(self, stream: str, rate: Any, *keys: Any) -> Array:
        """Int64 Poisson counts by inversion; `rate` broadcasts against the keys."""
        return poisson_quantile(self.uniform(stream, *keys), np.asarray(rate, dtype=np.float64))

    def pick(self, stream: str, shares: Any, *keys: Any) -> Array:
        """Int64 index into `shares` (k,) or (n, k) of weights; rows of a 2-d `shares` go with the n keys."""
        weights = np.asarray(shares, dtype=np.float64)
        steps = np.cumsum(weights, axis=-1) / weights.sum(axis=-1, keepdims=True)
        return np.asarray((self.uniform(stream, *keys)[..., None] > steps[..., :-1]).sum(axis=-1), dtype=np.int64)


def poisson_quantile(uniform: Array, rate: Array) -> Array:
    """The Poisson quantile of each uniform draw; shapes broadcast, rate >= 0."""
    uniform, rate = np.broadcast_arrays(uniform, rate)
    term = np.exp(-rate)
    reached = term.copy()
    count = np.zeros(uniform.shape, dtype=np.int64)
    for k in range(1, _MOST):
        above = uniform > reached
        if not above.any():
            break
        count += above
        term = term * rate / k
        reached += term
    return count
