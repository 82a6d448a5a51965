"""Discounts that change while a contract runs, and the free month that keeps an unhappy customer."""

import numpy as np

from copilot.sandbox.chance import Array
from copilot.sandbox.population import FAR
from copilot.sandbox.world import World

_CHANGE_RATE = 0.0025  # a month
_STEPS = np.array([-0.05, 0.05, 0.1])
_MOST = 0.4
_FREE_RATE = 0.02  # a month, of those who are billed by the month and in a bad mood
_BAD_MOOD = -0.9


def discount_changes(world: World) -> dict[str, Array]:
    """account, day, discount: each change on a day on which a month of the contract begins."""
    p, life, chance = world.population, world.life, world.chance
    everybody = np.arange(len(p))
    in_month = p.paid_from - p.paid_from.astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)
    usual, is_free = p.discount.copy(), np.zeros(len(p), dtype=bool)
    found: list[tuple[Array, Array, Array]] = []
    for month in range(_month(world.start), _month(world.end) + 1):
        first = int(np.array(month).astype("M8[M]").astype("M8[D]").astype(np.int64))
        day = np.where(p.paid_from < FAR, first + in_month, FAR)
        runs = (day > np.maximum(p.paid_from, world.start)) & (day < life.decided) & (day <= world.end)
        ends = is_free & (day < life.ended) & (day <= world.end)
        keys = (p.key, month)
        sad = runs & ~is_free & (p.period_months == 1) & (world.mood_on(everybody, day) < _BAD_MOOD)
        is_free = sad & (chance.uniform("free_month", *keys) < _FREE_RATE)
        moves = runs & ~is_free & ~ends & (chance.uniform("discount_moves", *keys) < _CHANGE_RATE)
        step = _STEPS[chance.integers("discount_step", len(_STEPS), *keys)]
        usual = np.where(moves, np.round(np.clip(usual + step, 0, _MOST), 2), usual)
        changed = np.flatnonzero(is_free | moves | ends)
        found.append((changed, day[changed], np.where(is_free, 1.0, usual)[changed]))
    account, day, discount = (np.concatenate(part) for part in zip(*found, strict=True))
    return {"account": account, "day": day, "discount": discount}


def _month(day: int) -> int:
    """Months since 1970-01."""
    return int(np.array(day).astype("M8[D]").astype("M8[M]").astype(np.int64))
