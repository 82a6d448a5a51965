"""What the CRM holds about accounts and people: accounts and their owners, CSMs, and contacts with the champion."""

import numpy as np
import pandas as pd

from copilot.sandbox import days, words
from copilot.sandbox.chance import NEVER, Array
from copilot.sandbox.life import WEEK
from copilot.sandbox.population import CURRENCIES, FAR, INDUSTRIES, REGIONS, SEGMENTS
from copilot.sandbox.world import Columns, World, chosen, numbered, only_where, sigmoid

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Singapore")  # in the order of REGIONS
TIERS = ("bronze", "silver", "gold")
MANAGER_ID = "csm_lead"
_SEND_HOUR = 7.5
# One CSM leaves; a small team keeps all, and the first ones, who own the given accounts, stay.
_LEAST_TO_LOSE_ONE = 7
_LEAVES_AFTER_DAYS = 200
_NEW_OWNER_RATE = 0.0015  # a week
_NEW_TIER_RATE = 0.0008
_LATE_EDIT = 0.15  # of CRM edits are entered up to nine days late
_LOSS_SHARE = 0.35  # of slumps are the champion leaving
_SUCCESSION_WEEKS = 8
_TITLES = ("Head of Operations", "IT Manager", "Team Lead", "Controller", "Product Owner")


def csm_id(index: Array) -> Array:
    """The CSM's id by position, `csm_01` first."""
    return np.array([f"csm_{number + 1:02d}" for number in np.asarray(index).tolist()], dtype=object)


def csm_rows(world: World) -> Columns:
    """The CSMs in three time zones and the manager to whom they report."""
    count = world.spec.csms
    ids = [*csm_id(np.arange(count)), MANAGER_ID]
    names = [words.person(3 * number + 1, 7 * number + 2) for number in range(count + 1)]
    created = np.full(count + 1, world.start - 400)
    entered = np.full(count + 1, world.start * days.DAY_SECONDS + 6 * 3600)
    everybody = {
        "csm_id": np.array(ids, dtype=object),
        "full_name": np.array(names, dtype=object),
        "email": np.array([words.email(name, "example.com") for name in names], dtype=object),
        "timezone": np.array([ZONES[number % len(ZONES)] for number in range(count + 1)], dtype=object),
        "send_hour": np.full(count + 1, _SEND_HOUR),
        "manager_id": np.array([MANAGER_ID] * count + [None], dtype=object),
        "is_active": np.ones(count + 1, dtype=bool),
        "created_on": created,
        "recorded_at": entered,
    }
    leaver, gone_on = leaving_csm(world)
    if gone_on > world.end:
        return everybody
    last = {name: values[leaver : leaver + 1] for name, values in everybody.items()}
    last |= {"is_active": np.array([False]), "recorded_at": np.array([gone_on * days.DAY_SECONDS + 16 * 3600])}
    return {name: np.concatenate([values, last[name]]) for name, values in everybody.items()}


def leaving_csm(world: World) -> tuple[int, int]:
    """(position, Monday) of the CSM who leaves; a day after the company's end for a team that keeps all."""
    count = world.spec.csms
    monday = days.monday(world.start + _LEAVES_AFTER_DAYS)
    return (count - 2, monday) if count >= _LEAST_TO_LOSE_ONE else (0, FAR)


def owners(world: World) -> Array:
    """(weeks, accounts): the position of the CSM who owns the account, as it changes over time."""
    p, mondays = world.population, world.life.mondays[:, None]
    moves = (world.chance.uniform("moves", p.key[None, :], mondays) < _NEW_OWNER_RATE) & world.present
    step = len(REGIONS) * np.cumsum(moves, axis=0)
    moved = p.csm[None, :] + step
    size = world.spec.csms
    # Stay in the region: walk through the CSMs of the same residue, or through all where there are too few.
    in_region = (size - p.region + len(REGIONS) - 1) // len(REGIONS) * len(REGIONS)
    owner = np.where(in_region > 0, p.region + (moved - p.region) % np.maximum(in_region, 1), moved) % size
    leaver, gone_on = leaving_csm(world)
    heir = p.region + (leaver + len(REGIONS) - p.region) % np.maximum(in_region, 1)
    return np.asarray(np.where((owner == leaver) & (mondays >= gone_on), heir, owner))


def account_rows(world: World, owner: Array) -> Columns:
    """A first version for everybody (on the first day for those who were there), then one per change."""
    p, chance, mondays = world.population, world.chance, world.life.mondays[:, None]
    first = np.flatnonzero(np.maximum(p.created, world.start) <= world.end)
    tier = tiers(world)
    changed = np.zeros_like(owner, dtype=bool)
    changed[1:] = (owner[1:] != owner[:-1]) | (tier[1:] != tier[:-1])
    row, later = np.nonzero(changed & world.present)
    keys = (p.key[later], mondays[row, 0])
    day = mondays[row, 0] + chance.integers("edits_on", 5, *keys) + world.late("edit", _LATE_EDIT, 9, *keys)
    account = np.concatenate([first, later])
    entered = np.concatenate([np.maximum(p.created[first], world.start), day])
    week = np.concatenate([np.zeros(len(first), dtype=np.int64), row])
    rows = account_columns(world, account, owner[week, account], tier[week, account])
    instant = world.office_hours("edits_at", entered, p.key[account], entered)
    # The week of a late edit may already have seen a newer one: versions stay in the order of their facts.
    order = pd.Series(instant).groupby(account, sort=False)
    rows["recorded_at"] = np.asarray(order.cummax() + order.cumcount(), dtype=np.int64)
    return rows


def tiers(world: World) -> Array:
    """(weeks, accounts): the index of the service tier, which is only ever raised."""
    p, mondays = world.population, world.life.mondays[:, None]
    base = np.array([2, 1, 0])[p.segment]
    raised = np.cumsum(world.chance.uniform("raises", p.key[None, :], mondays) < _NEW_TIER_RATE, axis=0)
    return np.asarray(np.minimum(base + raised, len(TIERS) - 1))


def account_columns(world: World, account: Array, owner: Array, tier: Array) -> Columns:
    """What the CRM says of accounts (by position) with these owners and tiers; without recorded_at."""
    p = world.population
    parent = p.parent[account]
    parent_id = only_where(parent >= 0, p.account_id[np.maximum(parent, 0)])
    named = zip(p.name.tolist(), p.key.tolist(), strict=True)
    domains = np.array([words.domain(name, key) for name, key in named], dtype=object)
    return {
        "account_id": p.account_id[account],
        "name": p.name[account],
        "domain": domains[account],
        "segment": chosen(SEGMENTS, p.segment[account]),
        "tier": chosen(TIERS, tier),
        "region": chosen(REGIONS, p.region[account]),
        "industry": chosen(INDUSTRIES, p.industry[account]),
        "parent_account_id": parent_id,
        "merged_into_account_id": np.full(len(account), None, dtype=object),
        "csm_id": csm_id(owner),
        "created_on": p.created[account],
        "currency": chosen(CURRENCIES, p.currency[account]),
    }


def contact_rows(world: World) -> Columns:
    """Two to four people an account; the champion's sign-ins come weekly, a lost champion is noticed late."""
    lost = _lost_week(world)
    parts = [_first_contacts(world), _seen(world, lost, 0), _seen(world, lost, 1), _lost(world, lost)]
    v = pd.concat(parts, ignore_index=True)
    v = v.sort_values(["account", "person", "instant"], kind="stable", ignore_index=True)
    v["seen"] = v["seen"].where(v["seen"] >= 0).groupby([v["account"], v["person"]], sort=False).ffill().fillna(NEVER)
    p, account, person = world.population, v["account"].to_numpy(), v["person"].to_numpy()
    key = p.key[account]
    people = zip(key.tolist(), person.tolist(), strict=True)
    names = [words.person(k * 7 + n * 11, k * 3 + n * 5 + 1) for k, n in people]
    domains = {int(k): words.domain(p.name[k], int(p.key[k])) for k in np.unique(account)}
    return {
        "contact_id": numbered("con_", key, person),
        "account_id": p.account_id[account],
        "full_name": np.array(names, dtype=object),
        "email": np.array([words.email(n, domains[int(a)]) for n, a in zip(names, account, strict=True)], dtype=object),
        "role": chosen(_TITLES, (key + 2 * person) % len(_TITLES)),
        "is_champion": v["champion"].to_numpy(dtype=bool),
        "last_seen_at": v["seen"].to_numpy(dtype=np.int64),
        "created_on": p.created[account],
        "recorded_at": v["instant"].to_numpy(dtype=np.int64),
    }


def _lost_week(world: World) -> Array:
    """(accounts,): the week in which the first champion leaves; the number of weeks if not yet."""
    p, life = world.population, world.life
    leaves = world.chance.uniform("champion_leaves", p.key[None, :], life.mondays[:, None]) < _LOSS_SHARE
    leaves &= (life.slump > 0) & world.present
    return np.where(leaves.any(axis=0), leaves.argmax(axis=0), len(life.mondays) + 10**4)


def _first_contacts(world: World) -> pd.DataFrame:
    p = world.population
    account = np.flatnonzero(np.maximum(p.created, world.start) <= world.end)
    count = np.array([4, 3, 2])[p.segment[account]]
    account = np.repeat(account, count)
    person = np.concatenate([np.arange(n) for n in count])
    keys = (p.key[account], person)
    day = np.maximum(p.created[account], world.start)
    # People of old accounts were last seen some days before the first export.
    seen = (day - 1 - world.chance.integers("seen_before", 9, *keys)) * days.DAY_SECONDS + 43_200
    seen = np.where((p.created[account] < world.start - 10) & (person < 2), seen, NEVER)
    instant = world.office_hours("meets", day, *keys)
    first = {"account": account, "person": person, "seen": seen, "instant": instant}
    return pd.DataFrame({**first, "champion": person == 0})


def _seen(world: World, lost: Array, person: int) -> pd.DataFrame:
    """Weekly sign-ins of the champion (person 0) and of the successor (person 1), recorded the Monday after."""
    p, life = world.population, world.life
    mondays, week = life.mondays[:, None], np.arange(len(life.mondays))[:, None]
    succeeded = week >= lost + _SUCCESSION_WEEKS
    wish = np.where((person == 0) | succeeded, 1.5, -0.8) + 1.2 * world.mood
    noise = 0.6 * world.chance.normal("keen", p.key[None, :], mondays // (4 * WEEK))
    comes = world.chance.uniform("seen", p.key[None, :], mondays, person) < sigmoid(wish + noise)
    comes &= world.present & world.is_here(slice(None), mondays + WEEK) & (mondays + WEEK <= world.end)
    comes &= (week < lost) if person == 0 else comes
    row, account = np.nonzero(comes)
    keys = (p.key[account], life.mondays[row], person)
    day = life.mondays[row] + world.chance.integers("seen_on", 5, *keys)
    champion = (row < lost[account]) if person == 0 else (row >= lost[account] + _SUCCESSION_WEEKS)
    return pd.DataFrame(
        {
            "account": account,
            "person": person,
            "seen": world.office_hours("seen_at", day, *keys),
            "instant": (life.mondays[row] + WEEK) * days.DAY_SECONDS + 5 * 3600,
            "champion": champion,
        }
    )


def _lost(world: World, lost: Array) -> pd.DataFrame:
    """The champion is crossed out one to six weeks after the departure."""
    account = np.flatnonzero(lost < len(world.life.mondays))
    delay = 1 + world.chance.integers("noticed_after", 6, world.population.key[account])
    instant = (world.life.mondays[lost[account]] + WEEK * delay) * days.DAY_SECONDS + 9 * 3600
    return pd.DataFrame({"account": account, "person": 0, "seen": NEVER, "instant": instant, "champion": False})
