"""Subscriptions and their versions: what became of each contract, as the billing system recorded it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from copilot.sandbox.chance import NEVER, Array
from copilot.sandbox.contracts import (
    ADD_ON,
    ADD_ON_SHARE,
    CHANGING,
    LEADING,
    TRIAL,
    add_ons,
    main,
    returned,
    switched,
    trials,
)
from copilot.sandbox.life import monthly_price
from copilot.sandbox.population import CURRENCIES, FAR, PLANS
from copilot.sandbox.world import Columns, World, chosen, numbered

KINDS = 8  # more than there are, so that account and kind fit into one number
_LATE_NOTICE = 0.12  # of notices reach the billing system one to three days after the customer gave them
_LATE_CHANGE = 0.03


@dataclass(frozen=True)
class Subscriptions:
    """`versions`, ordered by (subscription, day), and one row per subscription in `lines`."""

    versions: pd.DataFrame
    lines: pd.DataFrame  # account, kind, start, ended, period_months


def subscribe(world: World) -> Subscriptions:
    """Every subscription that starts by the last day, with every version of it."""
    parts = [main(world), trials(world), add_ons(world), returned(world)]
    versions = pd.concat([part for part in parts if len(part)], ignore_index=True)
    versions = versions[versions["day"] <= world.end]
    versions = versions.sort_values(["account", "kind", "day", "order"], kind="stable", ignore_index=True)
    grouped = versions.groupby(["account", "kind"], sort=False)
    for name in CHANGING:
        versions[name] = grouped[name].ffill()
    versions = switched(world, versions)
    versions["start"] = versions.groupby(["account", "kind"], sort=False)["start"].transform("first")
    versions["recorded"] = _recorded(world, versions)
    versions["mrr"] = _price(world, versions)
    return Subscriptions(versions, _lines(world, versions))


def _recorded(world: World, versions: pd.DataFrame) -> Array:
    """When each version was recorded: seldom late, and never before the version that it follows."""
    key = world.population.key[versions["account"]]
    keys = (key, versions["kind"].to_numpy(), versions["day"].to_numpy(), versions["order"].to_numpy())
    is_notice = (versions["order"] == 2).to_numpy()
    # A deleted subscription ends on the day that is recorded.
    is_first = ((versions["order"] == 0) | (versions["deleted"] > 0)).to_numpy()
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
    price = monthly_price(plan, seats, versions["discount"].to_numpy(), versions["factor"].to_numpy())
    fixed = monthly_price(p.plan, p.seats, p.discount, np.ones(len(p)))[account]
    add_on = np.round(ADD_ON_SHARE * fixed, 2)
    return np.where(kind == TRIAL, 0.0, np.where(kind == ADD_ON, add_on, price))


def _lines(world: World, versions: pd.DataFrame) -> pd.DataFrame:
    lines = versions.groupby(["account", "kind"], as_index=False, sort=False).agg(
        start=("start", "first"), ended=("ended", "last"), deleted=("deleted", "last"), last=("day", "last")
    )
    lines["ended"] = np.where(lines["deleted"] > 0, lines.pop("last"), lines["ended"])
    period = world.population.period_months[lines["account"]]
    lines["period_months"] = np.where(lines["kind"].isin(LEADING), period, 1)
    return lines.drop(columns="deleted").astype({"start": np.int64, "ended": np.int64})


def subscription_id(world: World, account: Array, kind: Array) -> Array:
    """Identifiers that never change: the account's number and the kind of contract."""
    return numbered("sub_", world.population.key[account], kind)


def rows(world: World, subscriptions: Subscriptions) -> Columns:
    """The canonical table `subscriptions`: an end shows only in versions recorded at or after notice."""
    p, v = world.population, subscriptions.versions
    account, kind = v["account"].to_numpy(), v["kind"].to_numpy()
    ended = v["ended"].to_numpy(dtype=np.int64)
    period = np.where(np.isin(kind, LEADING), p.period_months[account], 1)
    plan = chosen(PLANS, v["plan"].to_numpy(dtype=np.int64))
    return {
        "subscription_id": subscription_id(world, account, kind),
        "account_id": world.billed_as[account],
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
        "discount_ratio": v["discount"].to_numpy(),
        "auto_renew": v["auto_renew"].to_numpy() > 0,
        "is_trial": kind == TRIAL,
        "is_deleted": v["deleted"].to_numpy() > 0,
        "recorded_at": v["recorded"].to_numpy(),
    }
