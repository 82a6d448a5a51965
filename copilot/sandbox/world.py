"""One company, simulated but not yet written: what every table is drawn from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from copilot.sandbox import days
from copilot.sandbox.chance import Array, Chance
from copilot.sandbox.life import Life, live
from copilot.sandbox.population import FAR, Population, populate, trial_end
from copilot.sandbox.returns import Returns, come_back
from copilot.sandbox.spec import CompanySpec

Columns = dict[str, Array]
OWN_CUSTOMER_SHARE = 0.25


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
    def has_own_customer(self) -> Array:
        """(accounts,): whether the billing system has a name of its own for the account."""
        return np.asarray(self.chance.uniform("own_customer", self.population.key) < OWN_CUSTOMER_SHARE)

    @cached_property
    def billed_as(self) -> Array:
        """(accounts,): what the rows of the billing system call the account."""
        own = numbered("cus_", self.population.key)
        return np.where(self.has_own_customer, own, self.population.account_id)

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
        """(accounts,): the first day on which an account can do nothing any more, unless it returns."""
        p = self.population
        return np.where(p.paid_from == FAR, trial_end(p), self.life.ended)

    @cached_property
    def present(self) -> Array:
        """(weeks, accounts): whether the account uses the product on that week's Monday."""
        return self.is_here(slice(None), self.life.mondays[:, None])

    @cached_property
    def returns(self) -> Returns:
        """Who comes back after leaving, and for how long."""
        return come_back(self.population, self.life, self.chance)

    def is_here(self, account: Array | slice, day: Array) -> Array:
        """Whether accounts (by position) can do anything on days; shapes broadcast."""
        again = self.returns
        first = (day >= self.arrived[account]) & (day < self.gone[account])
        return np.asarray(first | ((day >= again.came[account]) & (day < again.ended[account])))

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


def stacked(*parts: Columns) -> Columns:
    """The rows of several parts, one after another; all have the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
