"""Accounts that come back after they had left, and leave again at a rate that nothing announces."""

from dataclasses import dataclass

import numpy as np

from copilot.sandbox import days
from copilot.sandbox.chance import Array, Chance
from copilot.sandbox.life import PAYMENT, Life
from copilot.sandbox.population import FAR, Population

_SHARE = 0.12  # of those who left by their own will
_AWAY_LEAST, _AWAY_MORE = 21, 120
_MEAN_STAY_DAYS = 700  # memoryless, so that the true odds of a day do not depend on the days before


@dataclass(frozen=True)
class Returns:
    """Per account the day of return, of the second decision to leave, and the first day no longer paid; FAR if none."""

    came: Array
    decided: Array
    ended: Array


def come_back(population: Population, life: Life, chance: Chance) -> Returns:
    """Who returns depends on the account and its departure alone, so a later end repeats it."""
    key = population.key
    left = (life.cause > 0) & (life.cause != PAYMENT) & (life.ended < FAR)
    returns = left & (chance.uniform("returns", key) < _SHARE)
    away = _AWAY_LEAST + chance.integers("returns_after", _AWAY_MORE, key)
    came = days.at_most_28(np.where(returns, life.ended, 0) + away)
    stayed = np.floor(chance.exponential("leaves_again", key) * _MEAN_STAY_DAYS).astype(np.int64)
    decided = came + 1 + stayed
    ended = days.next_term_end(came, np.ones(len(key), dtype=np.int64), decided)
    return Returns(*(np.where(returns, day, FAR) for day in (came, decided, ended)))


def odds_of_leaving_again(horizon: float) -> float:
    """The chance of a second departure within so many days, whatever the day."""
    return float(1 - np.exp(-horizon / _MEAN_STAY_DAYS))
