"""What no company can know: the true state, the true chance of leaving, why accounts left. Kept out of the sources."""

import numpy as np

from copilot.sandbox import days
from copilot.sandbox.chance import Array, Chance
from copilot.sandbox.duplicates import double_id, doubles
from copilot.sandbox.life import CAUSES, PAYMENT, WEEK, next_state, slumps, weekly_hazard
from copilot.sandbox.returns import odds_of_leaving_again
from copilot.sandbox.world import Columns, World

_PATHS = 128  # futures per account and Sunday; survival is averaged along each, so few are enough
_WEEKS = 13
HORIZONS = (30, 60, 90)
FUTURE_KEYS = 1_000_000  # keeps the futures' slumps apart from those that happen


def tables(world: World) -> dict[str, Columns]:
    """Tables hazard (account, Sunday), state (account, week), shocks and departures, as integer days and floats."""
    return {
        "hazard": _hazard(world),
        "state": _state(world),
        "shocks": _departures(world, only_shocks=True),
        "departures": _departures(world, only_shocks=False),
        "identities": _identities(world),
    }


def _identities(world: World) -> Columns:
    """The account for which each other name stands: billing's own customers, and doubles in the CRM."""
    doubled = doubles(world).entered <= world.end
    account = np.concatenate([np.flatnonzero(world.has_own_customer), np.flatnonzero(doubled)])
    names = np.concatenate([world.billed_as[world.has_own_customer], double_id(world)[doubled]])
    return {"account_ref": names, "account_id": world.population.account_id[account]}


def _state(world: World) -> Columns:
    life = world.life
    row, account = np.nonzero(world.present)
    return {
        "account_id": world.population.account_id[account],
        "week_on": life.mondays[row],
        "satisfaction": life.state[row, account],
        "slump": life.slump[row, account],
    }


def _departures(world: World, *, only_shocks: bool) -> Columns:
    life = world.life
    left = np.flatnonzero((life.cause > 0) & (life.decided <= world.end))
    left = left[life.cause[left] == CAUSES.index("shock")] if only_shocks else left
    again = np.flatnonzero(world.returns.decided <= world.end) if not only_shocks else left[:0]
    return {
        "account_id": world.population.account_id[np.concatenate([left, again])],
        "decided_on": np.concatenate([life.decided[left], world.returns.decided[again]]),
        "notice_on": np.concatenate([life.notice[left], world.returns.decided[again]]),
        "ended_on": np.concatenate([life.ended[left], world.returns.ended[again]]),
        "cause": np.array([*(CAUSES[cause] for cause in life.cause[left]), *(["again"] * len(again))], dtype=object),
    }


def _hazard(world: World) -> Columns:
    life, found = world.life, []
    futures = _futures(world.chance)
    for row, monday in enumerate(life.mondays):
        sunday = int(monday) + WEEK - 1
        account = np.flatnonzero((world.population.paid_from <= sunday) & (life.decided > sunday))
        if sunday <= world.end and len(account):
            odds = _odds(world, row, account, futures)
            found.append((account, np.full(len(account), sunday), *odds.T))
        again = np.flatnonzero((world.returns.came <= sunday) & (world.returns.decided > sunday))
        if sunday <= world.end and len(again):
            known = [np.full(len(again), odds_of_leaving_again(horizon)) for horizon in (1, *HORIZONS)]
            found.append((again, np.full(len(again), sunday), *known))
    names = ("account", "week_on", "hazard_daily", *(f"p_true_{horizon}" for horizon in HORIZONS))
    columns = {name: np.concatenate(part) for name, part in zip(names, zip(*found, strict=True), strict=True)}
    return {"account_id": world.population.account_id[columns.pop("account")], **columns}


def _futures(chance: Chance) -> tuple[Array, Array]:
    """(weeks, paths) noise and slumps, shared by all accounts; noise comes in mirrored pairs."""
    week, path = np.arange(_WEEKS)[:, None], np.arange(_PATHS // 2)[None, :]
    noise = chance.normal("future", week, path)
    return np.hstack([noise, -noise]), slumps(chance, week, np.arange(_PATHS)[None, :] + FUTURE_KEYS)


def _odds(world: World, row: int, account: Array, futures: tuple[Array, Array]) -> Array:
    """(accounts, 1 + horizons): daily hazard of the coming week, and the chance of an event within each horizon."""
    p, life = world.population, world.life
    noise, slump = futures
    mean, term = p.satisfaction[account, None], p.term_months[account]
    state = np.repeat(life.state[row, account, None], _PATHS, axis=1)
    survived, by_week, first = np.ones_like(state), [np.ones(len(account))], np.zeros(len(account))
    for week in range(_WEEKS):
        state = next_state(state, mean, noise[week], slump[week])
        monday = int(life.mondays[row]) + WEEK * (week + 1)
        ends = life.term_end[row, account]
        ends = np.where(ends <= monday, days.next_term_end(p.paid_from[account], term, np.maximum(ends, monday)), ends)
        left = ((ends - monday) // WEEK)[:, None]
        unhappy, shock = weekly_hazard(state, left, term[:, None], p.auto_renew[account, None])
        survived = survived * (1 - unhappy) * (1 - shock)
        by_week.append(survived.mean(axis=1))
        first = 1 - by_week[1] ** (1 / WEEK) if week == 0 else first
    return _certain(world, row, account, np.column_stack([first, *(1 - _survival(by_week, h) for h in HORIZONS)]))


def _survival(by_week: list[Array], horizon: int) -> Array:
    """Survival after `horizon` days, interpolated between whole weeks at a constant rate."""
    week, rest = divmod(horizon, WEEK)
    before, after = by_week[week], by_week[week + 1]
    return np.asarray(before * (after / before) ** (rest / WEEK))


def _certain(world: World, row: int, account: Array, odds: Array) -> Array:
    """Overwrite the odds of those whose card has already failed: their end is only a matter of days."""
    life = world.life
    drawn = life.drawn[account]
    doomed = (life.cause[account] == PAYMENT) & (drawn <= row)
    sunday = life.mondays[row] + WEEK - 1
    within = [(life.ended[account] <= sunday + horizon).astype(float) for horizon in HORIZONS]
    return np.where(doomed[:, None], np.column_stack([np.zeros(len(account)), *within]), odds)
