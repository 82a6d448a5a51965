"""The versions of each kind of contract: what begins it, what changes it while it runs, and how it ends."""

import numpy as np
import pandas as pd

from copilot.sandbox import days
from copilot.sandbox.chance import NEVER, Array
from copilot.sandbox.discounts import discount_changes
from copilot.sandbox.life import DUNNING_DAYS, PAYMENT
from copilot.sandbox.pauses import pauses
from copilot.sandbox.population import FAR, trial_end
from copilot.sandbox.world import World

TRIAL, MAIN, ADD_ON, SWITCHED, RETURNED = range(5)
LEADING = (MAIN, SWITCHED)  # the contracts of which one always runs until the account leaves
CHANGING = ("seats", "plan", "factor", "discount", "term_end", "notice", "ended", "auto_renew", "status", "deleted")
ADD_ON_SHARE = 0.1  # of the main contract's price, and also the share of accounts that buy it
_SWITCH_SHARE = 0.4  # of first changes of plan close the contract and open another on the same day
_DELETED_SHARE = 0.3  # of dropped add-ons are deleted instead of cancelled, and carry no end


def version(account: Array, kind: int, day: Array, order: int, **values: Array | float | str) -> pd.DataFrame:
    """Rows of changes; what is not given is carried forward from the version before."""
    frame = pd.DataFrame({"account": account, "kind": kind, "day": day, "order": order, "start": np.nan})
    for name in CHANGING:
        frame[name] = pd.Series(np.nan, index=frame.index, dtype=object if name == "status" else float)
    if order == 0:
        frame["deleted"] = 0.0
        frame["discount"] = 0.0
    for name, value in values.items():
        frame[name] = value
    return frame


def main(world: World) -> pd.DataFrame:
    """The contract of every account that pays, with its changes, pauses and end."""
    p, life = world.population, world.life
    account = np.flatnonzero(p.paid_from <= world.end)
    began = np.maximum(p.paid_from[account], world.start)
    first_end = days.next_term_end(p.paid_from[account], p.term_months[account], began)
    first = version(
        account, MAIN, began, 0, start=p.paid_from[account], seats=p.seats[account], plan=p.plan[account], factor=1.0,
        term_end=first_end, notice=NEVER, ended=FAR, auto_renew=p.auto_renew[account].astype(float), status="active",
        discount=p.discount[account],
    )  # fmt: skip
    moves = discount_changes(world)
    discounts = version(moves["account"], MAIN, moves["day"], 7, discount=moves["discount"])
    endings = _endings(world, account, MAIN, life.notice, life.ended)
    return pd.concat([first, _changes(world), discounts, *_paused(world), *endings])


def _paused(world: World) -> list[pd.DataFrame]:
    """Paused, then active again unless the account has left or stopped paying by then."""
    account, start, end = pauses(world)
    life = world.life
    over = np.where(life.cause == PAYMENT, life.ended - DUNNING_DAYS, life.ended)[account]
    stops, resumes = start < over, end < over
    return [
        version(account[stops], MAIN, start[stops], 5, status="paused"),
        version(account[resumes], MAIN, end[resumes], 6, status="active"),
    ]


def _changes(world: World) -> pd.DataFrame:
    noted = {name: np.concatenate([c[name] for c in world.life.changes]) for name in world.life.changes[0]}
    account = noted["account"]
    kept = (noted["day"] < world.life.ended[account]) & (noted["day"] >= world.start)
    values = {name: noted[name][kept] for name in ("seats", "plan", "factor", "term_end")}
    return version(account[kept], MAIN, noted["day"][kept], 1, **values)


def _endings(world: World, account: Array, kind: int, notice: Array, ended: Array) -> list[pd.DataFrame]:
    """The versions of notice, of a failed last invoice, and of the end; `notice` and `ended` are per account."""
    given = account[notice[account] >= 0]
    unpaid = account[(world.life.cause[account] == PAYMENT) & (ended[account] == world.life.ended[account])]
    over = account[ended[account] < FAR]
    failed_on = world.life.ended[unpaid] - DUNNING_DAYS + 1
    return [
        version(given, kind, notice[given], 2, notice=notice[given], ended=ended[given], auto_renew=0.0),
        version(unpaid, kind, failed_on, 3, status="past_due"),
        version(over, kind, ended[over], 4, ended=ended[over], auto_renew=0.0, status="cancelled"),
    ]


def trials(world: World) -> pd.DataFrame:
    """What comes before the contract where an account tries first."""
    p = world.population
    account = np.flatnonzero((p.trial_from >= world.start) & (p.trial_from <= world.end))
    began, over = p.trial_from[account], trial_end(p)[account]
    first = version(
        account, TRIAL, began, 0, start=began, seats=p.seats[account], plan=p.plan[account], factor=1.0,
        term_end=over, notice=NEVER, ended=FAR, auto_renew=0.0, status="trialing",
    )  # fmt: skip
    return pd.concat([first, version(account, TRIAL, over, 1, ended=over, status="cancelled")])


def add_ons(world: World) -> pd.DataFrame:
    """A tenth buys an add-on some day; a sixth of these drop it again, which is a contraction and no departure."""
    p, life, chance = world.population, world.life, world.chance
    buys = chance.uniform("add_on", p.key) < ADD_ON_SHARE
    start = days.at_most_28(p.paid_from + 40 + chance.integers("add_on_on", 500, p.key))
    account = np.flatnonzero(buys & (start <= world.end) & (start < life.decided))
    keeps = chance.uniform("add_on_kept", p.key) < 5 / 6
    dropped = np.where(keeps, FAR, days.add_months(start, 6))
    dropped = np.where(dropped <= world.start, FAR, dropped)
    ended = np.minimum(life.ended, dropped)
    is_deleted = (dropped < life.ended) & (chance.uniform("add_on_deleted", p.key) < _DELETED_SHARE)
    deleted = account[is_deleted[account]]
    cancelled = account[~is_deleted[account]]
    notice = np.where(life.ended <= dropped, life.notice, NEVER)
    began = np.maximum(start[account], world.start)
    first = version(
        account, ADD_ON, began, 0, start=start[account], seats=p.seats[account], plan=p.plan[account], factor=1.0,
        term_end=NEVER, notice=NEVER, ended=FAR, auto_renew=1.0, status="active",
    )  # fmt: skip
    removed = version(deleted, ADD_ON, dropped[deleted], 4, deleted=1.0)
    return pd.concat([first, removed, *_endings(world, cancelled, ADD_ON, notice, ended)])


def returned(world: World) -> pd.DataFrame:
    """Who returns takes what there was at the end, by the month."""
    p, again = world.population, world.returns
    account = np.flatnonzero(again.came <= world.end)
    first = version(
        account, RETURNED, again.came[account], 0, start=again.came[account], seats=world.life.seats[-1][account],
        plan=p.plan[account], factor=1.0, term_end=NEVER, notice=NEVER, ended=FAR, auto_renew=1.0, status="active",
        discount=p.discount[account],
    )  # fmt: skip
    notice = np.where(again.decided < FAR, again.decided, NEVER)
    return pd.concat([first, *_endings(world, account, RETURNED, notice, again.ended)])


def switched(world: World, versions: pd.DataFrame) -> pd.DataFrame:
    """Some first changes of plan are a new contract: what follows belongs to it, and the old one ends on that day."""
    leading = versions[versions["kind"] == MAIN]
    before = leading.groupby("account", sort=False)["plan"].shift()
    moves = leading[before.notna() & (before != leading["plan"]) & (leading["status"] == "active")]
    firsts = moves.groupby("account", sort=False).head(1)
    account, day = firsts["account"].to_numpy(), firsts["day"].to_numpy()
    switches = world.chance.uniform("switches", world.population.key[account]) < _SWITCH_SHARE
    switches &= days.at_most_28(day) == day
    switch = firsts[switches]
    at = pd.Series(switch.index, index=switch["account"])
    position = versions["account"].map(at)
    follows = (versions["kind"] == MAIN) & (versions.index >= position.fillna(len(versions)))
    versions.loc[follows, "kind"] = SWITCHED
    versions.loc[switch.index, "order"] = 0
    versions.loc[switch.index, "start"] = switch["day"]
    last = versions.loc[switch.index - 1].assign(
        kind=MAIN, day=switch["day"].to_numpy(), order=4, start=np.nan, ended=switch["day"].to_numpy(dtype=float),
        auto_renew=0.0, status="cancelled",
    )  # fmt: skip
    both = pd.concat([versions, last])
    return both.sort_values(["account", "kind", "day", "order"], kind="stable", ignore_index=True)
