"""`usage_daily`: totals of accounts that serve clients of their own (forms, journeys), a row per account and day."""

import numpy as np

from copilot.sandbox import days
from copilot.sandbox.chance import Array
from copilot.sandbox.usage import events_season
from copilot.sandbox.world import Columns, World, sigmoid

_LATE_SHARE = 0.02
_MOST_LATE_DAYS = 4
_RAMP_DAYS = 60


def daily_rows(world: World, last: int) -> Columns:
    """Rows up to day `last`. Users and events stay empty here: they are counted from the events."""
    p, chance = world.population, world.chance
    account, day = _served_days(world, last)
    keys = (p.key[account], day)
    total = _clients(world, account, day)
    mood = world.mood_on(account, day)
    own = 0.5 * chance.normal("client_life", p.key[account])
    active = _share(chance.normal("client_active", *keys), total, sigmoid(0.2 + own + 0.55 * mood))
    weekend = np.where(days.weekday(day) >= 5, 0.3, 1.0)
    forms = chance.poisson("forms", 0.10 * active * weekend, *keys)
    journeys = chance.poisson("journeys", 0.06 * active * weekend, *keys)
    late = world.late("daily", _LATE_SHARE, _MOST_LATE_DAYS, *keys)
    return {
        "account_id": p.account_id[account],
        "used_on": day,
        "feature": np.full(len(day), "all", dtype=object),
        "active_clients": active,
        "total_clients": total,
        "forms_sent": forms,
        "forms_completed": _share(chance.normal("completed", *keys), forms, sigmoid(0.7 + own + 0.35 * mood)),
        "journeys_sent": journeys,
        "journeys_opened": _share(chance.normal("opened", *keys), journeys, sigmoid(0.3 + 0.4 * own + 0.35 * mood)),
        "recorded_at": (day + 1 + late) * days.DAY_SECONDS - 600 + chance.integers("daily_at", 500, *keys),
    }


def _served_days(world: World, last: int) -> tuple[Array, Array]:
    """(account, day) for every day of every account that runs a supplier product."""
    account = np.flatnonzero(world.population.is_supplier & (world.arrived <= last))
    day = np.arange(world.start, last + 1)
    who, when = np.nonzero(world.is_here(account[:, None], day))
    return account[who], day[when]


def _clients(world: World, account: Array, day: Array) -> Array:
    """The account's own clients: ramping up after joining, and more in the season."""
    p = world.population
    size = 6 + 2.2 * p.seats[account] * np.exp(0.5 * world.chance.normal("clients", p.key[account]))
    ramp = np.clip((day - p.created[account] + 2) / _RAMP_DAYS, 0.05, 1)
    monday = day - days.weekday(day)
    return np.asarray(np.round(size * ramp * (0.8 + 0.2 * events_season(monday))).astype(np.int64))


def _share(noise: Array, whole: Array, ratio: Array) -> Array:
    """About ratio * whole, with binomial noise, an integer in [0, whole]."""
    spread = np.sqrt(whole * ratio * (1 - ratio))
    return np.asarray(np.clip(np.round(whole * ratio + spread * noise), 0, whole).astype(np.int64))
