"""One company, simulated but not yet written: what every table is drawn from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from copilot.sandbox import days
from copilot.sandbox.chance import Array, Chance
from copilot.sandbox.life import Life, live
from copilot.sandbox.population import FAR, Population, populate, trial_end
from copilot.sandbox.spec import CompanySpec

Columns = dict[str, Array]


@dataclass(frozen=True)
class World:
    """The settings, the randomness, the accounts and their lives."""

    spec: CompanySpec
    chance: Chance
    population: Population
    life: Life

    @property
    def start(self) -> int:
        """The first day."""
        return days.number(self.spec.start)

    @property
    def end(self) -> int:
        """The last day, inclusive."""
        return days.number(self.spec.end)

    @cached_property
    def mood(self) -> Array:
        """(weeks, accounts): the hidden state as it shows, one to two weeks late."""
        return self.life.lagged()

    @cached_property
    def arrived(self) -> Array:
        """(accounts,): the first day on which an account can do anything, trial included."""
        p = self.population
        return np.maximum(np.where(p.trial_from >= 0, p.trial_from, p.paid_from), self.start)

    @cached_property
    def gone(self) -> Array:
        """(accounts,): the first day on which an account can do nothing any more."""
        p = self.population
        return np.where(p.paid_from == FAR, trial_end(p), self.life.ended)

    @cached_property
    def present(self) -> Array:
        """(weeks, accounts): whether the account uses the product on that week's Monday."""
        mondays = self.life.mondays[:, None]
        return np.asarray((mondays >= self.arrived) & (mondays < self.gone))

    def mood_on(self, account: Array, day: Array) -> Array:
        """The shown state of accounts (by position) on days; shapes broadcast."""
        return np.asarray(self.mood[self.life.week_of(day), account])

    def office_hours(self, stream: str, day: Array, *keys: Array | int) -> Array:
        """An instant (integer seconds) between 08:00 and 18:00 UTC of each day."""
        return np.asarray(day) * days.DAY_SECONDS + 8 * 3600 + self.chance.integers(stream, 10 * 3600, *keys)

    def late(self, stream: str, share: float, most: int, *keys: Array | int) -> Array:
        """Whole days (0, or 1 to `most` for that share) by which a record lags behind its fact."""
        is_late = self.chance.uniform(f"{stream}/late", *keys) < share
        return np.where(is_late, 1 + self.chance.integers(f"{stream}/days", most, *keys), 0)


def build(spec: CompanySpec) -> World:
    """Simulate the company. Same spec, same world; a later end repeats everything earlier."""
    chance = Chance(spec.seed)
    population = populate(spec, chance)
    return World(spec, chance, population, live(spec, population, chance))


def sigmoid(x: Array) -> Array:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-x)))


def numbered(prefix: str, *parts: Array) -> Array:
    """Identifiers such as `inv_17_20240`: the prefix and the integer parts, joined by underscores."""
    rows = zip(*(np.asarray(part).tolist() for part in parts), strict=True)
    return np.array([prefix + "_".join(map(str, row)) for row in rows], dtype=object)


def chosen(options: tuple[str, ...], index: Array) -> Array:
    """The option of each index, as text."""
    return np.asarray(np.array(options, dtype=object)[index])


def only_where(mask: Array, text: Array) -> Array:
    """The text where the mask holds, None elsewhere."""
    kept = np.array(text, dtype=object)
    kept[~np.asarray(mask, dtype=bool)] = None
    return kept
