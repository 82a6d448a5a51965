"""Pauses: some accounts that pay by the month stop for a few weeks, and then go on."""

import numpy as np

from copilot.sandbox.chance import Array
from copilot.sandbox.population import FAR
from copilot.sandbox.world import World

# A block holds one pause at most and holds all of it, so pauses never touch and each is drawn on its own.
_BLOCK = 84
_RATE = 0.02  # a block
_START_WITHIN, _LEAST, _MORE = 28, 21, 28


def pause_in(world: World, account: Array, block: Array) -> tuple[Array, Array]:
    """(first paused day, first day after) of accounts in blocks of twelve weeks; FAR without one. Shapes broadcast."""
    p, life, chance = world.population, world.life, world.chance
    keys = (p.key[account], block)
    start = np.asarray(block) * _BLOCK + chance.integers("pauses_on", _START_WITHIN, *keys)
    end = start + _LEAST + chance.integers("pauses_for", _MORE, *keys)
    pauses = (p.term_months[account] == 1) & (chance.uniform("pauses", *keys) < _RATE)
    pauses &= (start >= world.start) & (start > p.paid_from[account] + 30) & (start < life.decided[account])
    return np.where(pauses, start, FAR), np.where(pauses, end, FAR)


def pauses(world: World) -> tuple[Array, Array, Array]:
    """(account, first paused day, first day after) of every pause that begins by the last day."""
    block = np.arange(world.start // _BLOCK, world.end // _BLOCK + 1)
    start, end = pause_in(world, np.arange(len(world.population))[None, :], block[:, None])
    row, account = np.nonzero(start <= world.end)
    return account, start[row, account], end[row, account]


def is_paused(world: World, account: Array, day: Array) -> Array:
    """Whether accounts are paused on days; shapes broadcast."""
    start, end = pause_in(world, account, np.asarray(day) // _BLOCK)
    return np.asarray((day >= start) & (day < end))
