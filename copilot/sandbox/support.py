"""Tickets in their versions, and survey answers. Unhappy accounts ask more, wait longer and score lower."""

import numpy as np
import pandas as pd

from copilot.sandbox.chance import NEVER, Array
from copilot.sandbox.days import DAY_SECONDS
from copilot.sandbox.duplicates import misfiled
from copilot.sandbox.life import WEEK
from copilot.sandbox.world import Columns, World, chosen, numbered, sigmoid

_TICKET_RATE = 0.022  # a week and square root of a seat, at an average mood
_MOST_A_WEEK = 8
_PRIORITIES = ("low", "normal", "high", "urgent")
_DAY_SHARE = (0.21, 0.2, 0.19, 0.18, 0.16, 0.03, 0.03)
_HOUR = 3600


def ask(world: World) -> pd.DataFrame:
    """One row per ticket with all that will ever happen to it (instants as integer seconds, NEVER if it does not)."""
    p, life = world.population, world.life
    trait = np.exp(0.5 * world.chance.normal("asks", p.key))
    rate = _TICKET_RATE * np.sqrt(life.seats) * trait * np.exp(-0.5 * np.clip(world.mood, -4, 3))
    mondays = life.mondays[:, None]
    count = world.chance.poisson("tickets", np.where(world.present, rate, 0.0), p.key[None, :], mondays)
    row, account = np.nonzero(count)
    times = np.minimum(count[row, account], _MOST_A_WEEK)
    row, account = np.repeat(row, times), np.repeat(account, times)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    monday = life.mondays[row]
    keys = (p.key[account], monday, nth)
    day = monday + world.chance.pick("asks_on", _DAY_SHARE, *keys)
    frame = pd.DataFrame({"account": account, "monday": monday, "nth": nth, "mood": world.mood[row, account]})
    frame["opened"] = world.office_hours("asks_at", day, *keys)
    frame = frame[world.is_here(account, day)].reset_index(drop=True)
    return _answered(world, frame)


def _answered(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    chance, mood = world.chance, frame["mood"].to_numpy()
    keys = (world.population.key[frame["account"]], frame["monday"].to_numpy(), frame["nth"].to_numpy())
    calm = np.ones(len(mood))
    share = np.column_stack([2.0 * calm, 5.0 * calm, 1.6 * np.exp(-0.3 * mood), 0.5 * np.exp(-0.5 * mood)])
    frame["priority"] = chance.pick("priority", share, *keys)
    faster = np.array([1.6, 1.0, 0.5, 0.2])[frame["priority"]]
    reply = 600 + chance.exponential("reply", *keys) * 7 * _HOUR * faster
    frame["replied"] = frame["opened"] + reply.astype(np.int64)
    solve = 1800 + chance.exponential("solve", *keys) * 3.2 * DAY_SECONDS * faster * np.exp(-0.25 * mood)
    frame["solved"] = frame["replied"] + solve.astype(np.int64)
    frame["escalated"] = chance.uniform("escalates", *keys) < np.clip(0.03 * np.exp(-0.6 * mood), 0, 0.5)
    rated = chance.uniform("rates", *keys) < 0.45
    score = np.clip(np.round(4.2 + 0.6 * mood + 0.8 * chance.normal("rating", *keys)), 1, 5)
    frame["csat"] = np.where(rated, score, np.nan)
    rated_at = frame["solved"] + _HOUR + chance.integers("rates_at", 2 * DAY_SECONDS, *keys)
    frame["rated"] = np.where(rated, rated_at, NEVER)
    return frame


def ticket_rows(world: World, tickets: pd.DataFrame) -> Columns:
    """Versions: new when opened, open when replied, solved, and closed with the rating."""
    parts = [
        tickets.assign(at=tickets["opened"], status="new", order=0),
        tickets.assign(at=tickets["replied"], status="open", order=1),
        tickets.assign(at=tickets["solved"], status="solved", order=2),
        tickets[tickets["rated"] >= 0].assign(at=tickets["rated"], status="closed", order=3),
    ]
    v = pd.concat(parts, ignore_index=True)
    order = v["order"].to_numpy()
    keys = (world.population.key[v["account"]], v["monday"].to_numpy(), v["nth"].to_numpy())
    return {
        "ticket_id": numbered("tic_", *keys),
        "account_id": misfiled(world, world.population.account_id[v["account"]], v["opened"].to_numpy()),
        "priority": chosen(_PRIORITIES, v["priority"].to_numpy()),
        "status": v["status"].to_numpy(),
        "opened_at": v["opened"].to_numpy(),
        "first_reply_at": np.where(order >= 1, v["replied"], NEVER),
        "solved_at": np.where(order >= 2, v["solved"], NEVER),
        "csat": np.where(order == 3, v["csat"], np.nan),
        "is_escalated": np.where(order >= 1, v["escalated"], False).astype(bool),
        "recorded_at": v["at"].to_numpy() + 5,
    }


def survey_rows(world: World) -> Columns:
    """NPS once a quarter and CSAT twice a year; the unhappy answer a little less."""
    parts = [_asked(world, kind, every, peak) for kind, every, peak in (("nps", 13, 10), ("csat", 26, 5))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _asked(world: World, kind: str, every: int, most: int) -> Columns:
    p, life, chance = world.population, world.life, world.chance
    turn = (life.mondays[:, None] // WEEK + p.key[None, :]) % every == 0
    drawn = chance.uniform(f"{kind}/answers", p.key[None, :], life.mondays[:, None])
    answers = drawn < sigmoid(-0.7 + 0.35 * world.mood)
    row, account = np.nonzero(turn & answers & world.present)
    keys = (p.key[account], life.mondays[row])
    day = life.mondays[row] + chance.integers(f"{kind}/on", WEEK, *keys)
    kept = world.is_here(account, day)
    row, account, day = row[kept], account[kept], day[kept]
    keys = (p.key[account], life.mondays[row])
    instant = world.office_hours(f"{kind}/at", day, *keys)
    noise = chance.normal(f"{kind}/score", *keys)
    return {
        "survey_id": numbered(f"{kind}_", *keys),
        "account_id": p.account_id[account],
        "kind": np.full(len(row), kind, dtype=object),
        "score": _score(world.mood[row, account], noise, most),
        "answered_at": instant,
        "recorded_at": instant + 60,
    }


def _score(mood: Array, noise: Array, most: int) -> Array:
    if most == 10:
        return np.clip(np.round(7.6 + 1.1 * mood + 1.5 * noise), 0, 10)
    return np.clip(np.round(4.0 + 0.5 * mood + 0.7 * noise), 1, 5)
