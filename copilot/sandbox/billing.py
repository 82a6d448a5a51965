"""Subscriptions and their versions: trial, main contract and add-on, as the billing system recorded them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from copilot.sandbox import days
from copilot.sandbox.chance import NEVER, Array
from copilot.sandbox.life import DUNNING_DAYS, PAYMENT, monthly_price
from copilot.sandbox.population import CURRENCIES, FAR, PLANS, trial_end
from copilot.sandbox.world import Columns, World, chosen, numbered

TRIAL, MAIN, ADD_ON = 0, 1, 2
_ADD_ON_SHARE = 0.1  # of the main contract's price, and also the share of accounts that buy it
_CHANGING = ("seats", "plan", "factor", "term_end", "notice", "ended", "auto_renew", "status")
_LATE_NOTICE = 0.12  # of notices reach the billing system one to three days after the customer gave them
_LATE_CHANGE = 0.03


@dataclass(frozen=True)
class Subscriptions:
    """`versions`, ordered by (subscription, day), and one row per subscription in `lines`."""

    versions: pd.DataFrame
    lines: pd.DataFrame  # account, kind, start, ended, period_months


def subscribe(world: World) -> Subscriptions:
    """Every subscription that starts by the last day, with every version of it."""
    parts = [_main(world), _trials(world), _add_ons(world)]
    versions = pd.concat([part for part in parts if len(part)], ignore_index=True)
    versions = versions[versions["day"] <= world.end]
    versions = versions.sort_values(["account", "kind", "day", "order"], kind="stable", ignore_index=True)
    grouped = versions.groupby(["account", "kind"], sort=False)
    for name in _CHANGING:
        versions[name] = grouped[name].ffill()
    versions["start"] = versions.groupby(["account", "kind"], sort=False)["start"].transform("first")
    versions["recorded"] = _recorded(world, versions)
    versions["mrr"] = _price(world, versions)
    return Subscriptions(versions, _lines(world, versions))


def _version(account: Array, kind: int, day: Array, order: int, **values: Array | float | str) -> pd.DataFrame:
    """Rows of changes; what is not given is carried forward from the version before."""
    frame = pd.DataFrame({"account": account, "kind": kind, "day": day, "order": order, "start": np.nan})
    for name in _CHANGING:
        frame[name] = pd.Series(np.nan, index=frame.index, dtype=object if name == "status" else float)
    for name, value in values.items():
        frame[name] = value
    return frame


def _main(world: World) -> pd.DataFrame:
    p, life = world.population, world.life
    account = np.flatnonzero(p.paid_from <= world.end)
    began = np.maximum(p.paid_from[account], world.start)
    first_end = days.next_term_end(p.paid_from[account], p.term_months[account], began)
    first = _version(
        account, MAIN, began, 0, start=p.paid_from[account], seats=p.seats[account], plan=p.plan[account], factor=1.0,
        term_end=first_end, notice=NEVER, ended=FAR, auto_renew=p.auto_renew[account].astype(float), status="active",
    )  # fmt: skip
    return pd.concat([first, _changes(world), *_endings(world, account, MAIN, life.notice, life.ended)])


def _changes(world: World) -> pd.DataFrame:
    noted = {name: np.concatenate([c[name] for c in world.life.changes]) for name in world.life.changes[0]}
    account = noted["account"]
    kept = (noted["day"] < world.life.ended[account]) & (noted["day"] >= world.start)
    values = {name: noted[name][kept] for name in ("seats", "plan", "factor", "term_end")}
    return _version(account[kept], MAIN, noted["day"][kept], 1, **values)


def _endings(world: World, account: Array, kind: int, notice: Array, ended: Array) -> list[pd.DataFrame]:
    """The versions of notice, of a failed last invoice, and of the end; `notice` and `ended` are per account."""
    given = account[notice[account] >= 0]
    unpaid = account[(world.life.cause[account] == PAYMENT) & (ended[account] == world.life.ended[account])]
    over = account[ended[account] < FAR]
    failed_on = world.life.ended[unpaid] - DUNNING_DAYS + 1
    return [
        _version(given, kind, notice[given], 2, notice=notice[given], ended=ended[given], auto_renew=0.0),
        _version(unpaid, kind, failed_on, 3, status="past_due"),
        _version(over, kind, ended[over], 4, ended=ended[over], auto_renew=0.0, status="cancelled"),
    ]


def _trials(world: World) -> pd.DataFrame:
    p = world.population
    account = np.flatnonzero((p.trial_from >= world.start) & (p.trial_from <= world.end))
    began, over = p.trial_from[account], trial_end(p)[account]
    first = _version(
        account, TRIAL, began, 0, start=began, seats=p.seats[account], plan=p.plan[account], factor=1.0,
        term_end=over, notice=NEVER, ended=FAR, auto_renew=0.0, status="trialing",
    )  # fmt: skip
    return pd.concat([first, _version(account, TRIAL, over, 1, ended=over, status="cancelled")])


def _add_ons(world: World) -> pd.DataFrame:
    """A tenth buys an add-on some day; a sixth of these drop it again, which is a contraction and no departure."""
    p, life, chance = world.population, world.life, world.chance
    buys = chance.uniform("add_on", p.key) < _ADD_ON_SHARE
    start = days.at_most_28(p.paid_from + 40 + chance.integers("add_on_on", 500, p.key))
    account = np.flatnonzero(buys & (start <= world.end) & (start < life.decided))
    keeps = chance.uniform("add_on_kept", p.key) < 5 / 6
    dropped = np.where(keeps, FAR, days.add_months(start, 6))
    dropped = np.where(dropped <= world.start, FAR, dropped)
    ended = np.minimum(life.ended, dropped)
    notice = np.where(life.ended <= dropped, life.notice, NEVER)
    began = np.maximum(start[account], world.start)
    first = _version(
        account, ADD_ON, began, 0, start=start[account], seats=p.seats[account], plan=p.plan[account], factor=1.0,
        term_end=NEVER, notice=NEVER, ended=FAR, auto_renew=1.0, status="active",
    )  # fmt: skip
    return pd.concat([first, *_endings(world, account, ADD_ON, notice, ended)])


def _recorded(world: World, versions: pd.DataFrame) -> Array:
    """When each version was recorded: seldom late, and never before the version that it follows."""
    key = world.population.key[versions["account"]]
    keys = (key, versions["kind"].to_numpy(), versions["day"].to_numpy(), versions["order"].to_numpy())
    is_notice = (versions["order"] == 2).to_numpy()
    is_first = (versions["order"] == 0).to_numpy()
    late_change = world.late("change", _LATE_CHANGE, 4, *keys)
    lag = np.where(is_notice, world.late("notice", _LATE_NOTICE, 3, *keys), late_change)
    instant = world.office_hours("billed", versions["day"].to_numpy() + np.where(is_first, 0, lag), *keys)
    groups = [versions["account"], versions["kind"]]
    order = pd.Series(instant, index=versions.index).groupby(groups, sort=False)
    return np.asarray(order.cummax() + order.cumcount(), dtype=np.int64)


def _price(world: World, versions: pd.DataFrame) -> Array:
    p = world.population
    account, kind = versions["account"].to_numpy(), versions["kind"].to_numpy()
    plan, seats = versions["plan"].to_numpy().astype(int), versions["seats"].to_numpy()
    price = monthly_price(plan, seats, p.discount[account], versions["factor"].to_numpy())
    fixed = monthly_price(p.plan, p.seats, p.discount, np.ones(len(p)))[account]
    add_on = np.round(_ADD_ON_SHARE * fixed, 2)
    return np.where(kind == MAIN, price, np.where(kind == ADD_ON, add_on, 0.0))


def _lines(world: World, versions: pd.DataFrame) -> pd.DataFrame:
    lines = versions.groupby(["account", "kind"], as_index=False, sort=False).agg(
        start=("start", "first"), ended=("ended", "last")
    )
    period = world.population.period_months[lines["account"]]
    lines["period_months"] = np.where(lines["kind"] == MAIN, period, 1)
    return lines.astype({"start": np.int64, "ended": np.int64})


def subscription_id(world: World, account: Array, kind: Array) -> Array:
    """Identifiers that never change: the account's number and the kind of contract."""
    return numbered("sub_", world.population.key[account], kind)


def rows(world: World, subscriptions: Subscriptions) -> Columns:
    """The canonical table `subscriptions`: an end shows only in versions recorded at or after notice."""
    p, v = world.population, subscriptions.versions
    account, kind = v["account"].to_numpy(), v["kind"].to_numpy()
    ended = v["ended"].to_numpy(dtype=np.int64)
    period = np.where(kind == MAIN, p.period_months[account], 1)
    plan = chosen(PLANS, v["plan"].to_numpy(dtype=np.int64))
    return {
        "subscription_id": subscription_id(world, account, kind),
        "account_id": p.account_id[account],
        "plan": np.where(kind == ADD_ON, "analytics_add_on", plan),
        "status": v["status"].to_numpy(),
        "started_on": v["start"].to_numpy(dtype=np.int64),
        "ended_on": np.where(ended < FAR, ended, NEVER),
        "notice_on": v["notice"].to_numpy(dtype=np.int64),
        "term_ends_on": v["term_end"].to_numpy(dtype=np.int64),
        "billing_period": np.where(period == 1, "monthly", np.where(period == 3, "quarterly", "annual")),
        "seats": v["seats"].to_numpy(dtype=np.int64),
        "mrr": v["mrr"].to_numpy(),
        "currency": chosen(CURRENCIES, p.currency[account]),
        "discount_ratio": np.where(kind == MAIN, p.discount[account], 0.0),
        "auto_renew": v["auto_renew"].to_numpy() > 0,
        "is_trial": kind == TRIAL,
        "recorded_at": v["recorded"].to_numpy(),
    }
