"""Accounts that the CRM holds twice for a while: some tickets and touches go to the double, until both are merged."""

from dataclasses import dataclass

import numpy as np

from copilot.sandbox import crm, days
from copilot.sandbox.chance import Array
from copilot.sandbox.population import FAR
from copilot.sandbox.world import Columns, World

_SHARE = 0.008
_AFTER_LEAST, _AFTER_MORE = 10, 200  # days of the account until its double is entered
_FOR_LEAST, _FOR_MORE = 30, 150  # days until they are merged
_TAKES = 0.5  # of the tickets and touches meanwhile


@dataclass(frozen=True)
class Doubles:
    """Per account: the day on which its double is entered and that on which it is merged away; FAR without one."""

    entered: Array
    merged: Array


def doubles(world: World) -> Doubles:
    """Only accounts that exist by then and have not left have one."""
    p, chance = world.population, world.chance
    since = np.maximum(p.created, world.start)
    entered = since + _AFTER_LEAST + chance.integers("double_on", _AFTER_MORE, p.key)
    merged = entered + _FOR_LEAST + chance.integers("double_for", _FOR_MORE, p.key)
    has = (chance.uniform("double", p.key) < _SHARE) & (entered < world.life.decided) & (entered < world.gone)
    return Doubles(np.where(has, entered, FAR), np.where(has, merged, FAR))


def account_rows(world: World, owner: Array) -> Columns:
    """The double as it is entered, and again when the CRM says into which account it went."""
    p, found = world.population, doubles(world)
    entered, merged = (np.flatnonzero(day <= world.end) for day in (found.entered, found.merged))
    account = np.concatenate([entered, merged])
    day = np.concatenate([found.entered[entered], found.merged[merged]])
    week = world.life.week_of(day)
    rows = crm.account_columns(world, account, owner[week, account], crm.tiers(world)[week, account])
    into = np.concatenate([np.full(len(entered), None, dtype=object), p.account_id[merged]])
    rows |= {
        "account_id": double_id(world)[account],
        "name": np.array([f"{name} (2)" for name in rows["name"]], dtype=object),
        "domain": np.array([f"mail.{domain}" for domain in rows["domain"]], dtype=object),
        "created_on": found.entered[account],
        "merged_into_account_id": into,
        "recorded_at": world.office_hours("double_at", day, p.key[account], day),
    }
    return rows


def misfiled(world: World, account_id: Array, instant: Array) -> Array:
    """The account ids, those of doubles in place of some that were written while a double was open."""
    p, found = world.population, doubles(world)
    place = {p.account_id[position]: position for position in np.flatnonzero(found.entered <= world.end)}
    account = np.array([place.get(name, -1) for name in account_id], dtype=np.int64)
    day = instant // days.DAY_SECONDS
    within = (account >= 0) & (day > found.entered[account]) & (day < found.merged[account])
    taken = within & (world.chance.uniform("misfiled", p.key[account], instant) < _TAKES)
    return np.where(taken, double_id(world)[account], account_id)


def double_id(world: World) -> Array:
    """(accounts,): what the CRM calls the double that an account may have."""
    return np.array([f"dup_{key:06d}" for key in world.population.key.tolist()], dtype=object)
