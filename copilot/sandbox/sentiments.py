"""CSMs' own ratings of their accounts: true to what shows of the account, with noise, and soon out of date."""

import numpy as np
import pandas as pd

from copilot.sandbox import days
from copilot.sandbox.chance import NEVER, Array
from copilot.sandbox.crm import csm_id
from copilot.sandbox.life import WEEK
from copilot.sandbox.world import Columns, World, chosen, numbered

_EVERY_WEEKS = 8
_RATES = 0.6  # of the turns
_EXPIRES_SHARE, _EXPIRES_DAYS = 0.5, 90
_CORRECTED_SHARE = 0.03
_REASONS = (
    ("Sponsor has left and nobody answers", "Speaks openly of a competitor"),
    ("Complains about support", "Few of the users are left"),
    ("Nothing special", "Busy with a project of their own"),
    ("Reviews go well", "Asks for more features"),
    ("Recommends us to others", "Wants to roll out to more teams"),
)


def sentiment_rows(world: World, owner: Array) -> Columns:
    """A rating every eighth week where the CSM takes the time; a few are corrected a day later."""
    p, life, chance = world.population, world.life, world.chance
    mondays = life.mondays[:, None]
    turn = (mondays // WEEK + p.key[None, :] * 3) % _EVERY_WEEKS == 0
    rates = chance.uniform("sentiment", p.key[None, :], mondays) < _RATES
    row, account = np.nonzero(turn & rates & world.present)
    keys = (p.key[account], life.mondays[row])
    rating = np.round(3.3 + 0.85 * world.mood[row, account] + 0.8 * chance.normal("sentiment/rating", *keys))
    day = life.mondays[row] + chance.integers("sentiment/on", 5, *keys)
    first = pd.DataFrame({"account": account, "row": row, "day": day, "rating": np.clip(rating, 1, 5), "later": 0})
    corrected = first[chance.uniform("sentiment/corrected", *keys) < _CORRECTED_SHARE]
    milder = np.where(corrected["rating"] >= 3, corrected["rating"] - 1, corrected["rating"] + 1)
    v = pd.concat([first, corrected.assign(rating=milder, later=1)], ignore_index=True)
    return _columns(world, owner, v)


def _columns(world: World, owner: Array, v: pd.DataFrame) -> Columns:
    p, chance = world.population, world.chance
    account, row, day = (v[name].to_numpy() for name in ("account", "row", "day"))
    keys = (p.key[account], world.life.mondays[row])
    rating = v["rating"].to_numpy()
    reason = rating.astype(np.int64) * 2 - 2 + chance.integers("sentiment/reason", 2, *keys)
    expires = chance.uniform("sentiment/expires", *keys) < _EXPIRES_SHARE
    instant = world.office_hours("sentiment/at", day, *keys)
    return {
        "sentiment_id": numbered("sen_", *keys),
        "account_id": p.account_id[account],
        "csm_id": csm_id(owner[row, account]),
        "rating": rating,
        "reason": chosen(tuple(text for pair in _REASONS for text in pair), reason),
        "rated_at": instant,
        "expires_on": np.where(expires, day + _EXPIRES_DAYS, NEVER),
        "recorded_at": instant + 300 + v["later"].to_numpy() * days.DAY_SECONDS,
    }
