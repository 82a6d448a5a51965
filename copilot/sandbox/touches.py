"""What the team and the accounts do together: touches, opportunities and onboarding milestones."""

import numpy as np
import pandas as pd

from copilot.sandbox import days
from copilot.sandbox.chance import Array
from copilot.sandbox.crm import csm_id
from copilot.sandbox.duplicates import misfiled
from copilot.sandbox.life import WEEK, monthly_price
from copilot.sandbox.population import CURRENCIES, FAR, trial_end
from copilot.sandbox.world import Columns, World, chosen, numbered, sigmoid

_TOUCH_RATE = np.array([0.45, 0.2, 0.07])  # a week, by segment
_MOST_A_WEEK = 3
_LATE_TOUCH = 0.08
_KINDS = ("email", "call", "meeting", "check_in", "qbr", "technical_support")
_KIND_SHARE = (0.4, 0.22, 0.14, 0.14, 0.04, 0.06)
_GOOD, _POOR = ("positive", "neutral"), ("negative", "neutral")
_RENEWAL_LEAD_DAYS = 90
_EXPANSION_RATE = 0.006
# Onboarding day on which each step is due; how much later it comes depends on the account.
STEPS = {
    "account_created": 0,
    "vendor_type_selected": 0,
    "first_login": 1,
    "import_clients_started": 2,
    "first_form_created": 3,
    "first_form": 4,
    "invite_sent": 4,
    "journey_started": 7,
    "ten_clients": 10,
    "first_automation": 12,
    "fully_activated": 14,
}


def interaction_rows(world: World, owner: Array) -> Columns:
    """Touches at a rate by segment; the unhappy answer fewer of them."""
    p, life, chance = world.population, world.life, world.chance
    mondays = life.mondays[:, None]
    rate = np.where(world.present, _TOUCH_RATE[p.segment], 0.0)
    count = np.minimum(chance.poisson("touches", rate, p.key[None, :], mondays), _MOST_A_WEEK)
    row, account = np.nonzero(count)
    times = count[row, account]
    row, account = np.repeat(row, times), np.repeat(account, times)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    keys = (p.key[account], life.mondays[row], nth)
    mood = world.mood[row, account]
    answered = chance.uniform("answers", *keys) < sigmoid(1.2 + 0.9 * mood)
    pleased = chance.uniform("pleased", *keys) < sigmoid(0.3 + 1.0 * mood)
    tone = np.where(pleased, chosen(_GOOD, nth % 2), chosen(_POOR, nth % 2))
    instant = world.office_hours("touches_at", life.mondays[row] + chance.integers("touches_on", 5, *keys), *keys)
    return {
        "interaction_id": numbered("int_", *keys),
        "account_id": misfiled(world, p.account_id[account], instant),
        "csm_id": csm_id(owner[row, account]),
        "kind": chosen(_KINDS, chance.pick("touch_kind", _KIND_SHARE, *keys)),
        "outcome": np.where(answered, tone, "no_answer"),
        "occurred_at": instant,
        "recorded_at": instant + 1800 + days.DAY_SECONDS * world.late("touch", _LATE_TOUCH, 7, *keys),
    }


def milestone_rows(world: World) -> Columns:
    """The onboarding steps of accounts that join; older accounts reached theirs before this company's data begin."""
    p, chance = world.population, world.chance
    joined = np.flatnonzero((p.created > world.start) & (p.created <= world.end))
    account = np.repeat(joined, len(STEPS))
    step = np.tile(np.arange(len(STEPS)), len(joined))
    keys = (p.key[account], step)
    pace = np.exp(0.5 * chance.normal("pace", p.key[account]) - 0.4 * p.satisfaction[account])
    due = np.array(list(STEPS.values()))[step]
    delay = 0.7 * chance.exponential("step_late", *keys) * (due > 0)
    day = p.created[account] + np.floor(due * pace + delay).astype(np.int64)
    reached = (chance.uniform("reached", *keys) < 0.985 ** (step + 1)) & (day < world.gone[account])
    account, step, day = account[reached], step[reached], day[reached]
    keys = (p.key[account], step)
    instant = world.office_hours("step_at", day, *keys)
    return {
        "milestone_id": numbered("mil_", *keys),
        "account_id": p.account_id[account],
        "milestone": chosen(tuple(STEPS), step),
        "achieved_at": instant,
        "recorded_at": instant + 120,
    }


def opportunity_rows(world: World) -> Columns:
    """Renewals of long terms, expansions, and new business from trials; every stage is its own version."""
    p = world.population
    v = pd.concat([_renewals(world), _expansions(world), _trials(world)], ignore_index=True)
    v = v[(v["day"] <= world.end) & (v["created"] <= v["day"])]
    account, kind = v["account"].to_numpy(), v["kind"].to_numpy()
    number = np.select([kind == "renewal", kind == "expansion"], [0, 1], 2)
    keys = (p.key[account], number, v["close"].to_numpy())
    yearly = 12 * monthly_price(p.plan, p.seats, p.discount, np.ones(len(p)))[account]
    return {
        "opportunity_id": numbered("opp_", *keys),
        "account_id": p.account_id[account],
        "kind": kind,
        "stage": v["stage"].to_numpy(),
        "amount": np.round(yearly * np.where(kind == "expansion", 0.2, 1.0), 2),
        "currency": chosen(CURRENCIES, p.currency[account]),
        "close_on": v["close"].to_numpy(),
        "created_at": v["created"].to_numpy() * days.DAY_SECONDS + 7 * 3600,
        "recorded_at": world.office_hours("sells", v["day"].to_numpy(), *keys) + v["order"].to_numpy(),
    }


def _stages(account: Array, kind: str, created: Array, close: Array, stages: list[tuple[str, Array]]) -> pd.DataFrame:
    base = {"account": account, "kind": kind, "created": created, "close": close}
    frames = [pd.DataFrame({**base, "stage": name, "day": day, "order": n}) for n, (name, day) in enumerate(stages)]
    stacked = pd.concat(frames)
    return stacked.loc[stacked["day"] != FAR]


def _renewals(world: World) -> pd.DataFrame:
    """Opened ninety days before a long term ends, unless notice came first; lost on the day of notice."""
    p, life = world.population, world.life
    row, account = np.nonzero(world.present & (p.term_months > 1))
    pairs = pd.DataFrame({"account": account, "close": life.term_end[row, account]}).drop_duplicates()
    account, close = pairs["account"].to_numpy(), pairs["close"].to_numpy()
    opened = np.maximum(close - _RENEWAL_LEAD_DAYS, np.maximum(p.paid_from[account], world.start))
    decided = life.decided[account]
    opens = np.where(life.ended[account] <= close, decided, FAR) > opened
    account, close, opened, decided = account[opens], close[opens], opened[opens], decided[opens]
    lost = (decided < FAR) & (life.ended[account] <= close)
    talks = np.maximum(close - 45, opened)
    stages = [
        ("open", opened),
        ("negotiation", np.where(talks < np.where(lost, decided, close), talks, FAR)),
        ("won", np.where(lost, FAR, close)),
        ("lost", np.where(lost, decided, FAR)),
    ]
    return _stages(account, "renewal", opened, close, stages)


def _expansions(world: World) -> pd.DataFrame:
    """Opened more often where things go well; half are won, whatever the seats do later."""
    p, life, chance = world.population, world.life, world.chance
    mondays = life.mondays[:, None]
    rate = _EXPANSION_RATE * np.exp(0.5 * np.clip(world.mood, -3, 3))
    opens = (chance.uniform("expands", p.key[None, :], mondays) < rate) & world.present
    row, account = np.nonzero(opens & (mondays + WEEK < life.decided))
    keys = (p.key[account], life.mondays[row])
    created = life.mondays[row] + chance.integers("expands_on", 5, *keys)
    close = created + 20 + chance.integers("expands_by", 50, *keys)
    is_won = chance.uniform("expansion_won", *keys) < 0.5
    stages = [("open", created), ("won", np.where(is_won, close, FAR)), ("lost", np.where(is_won, FAR, close))]
    return _stages(account, "expansion", created, close, stages)


def _trials(world: World) -> pd.DataFrame:
    p = world.population
    account = np.flatnonzero((p.trial_from >= world.start) & (p.trial_from <= world.end))
    created, close = p.trial_from[account], trial_end(p)[account]
    converts = p.paid_from[account] < FAR
    stages = [("open", created), ("won", np.where(converts, close, FAR)), ("lost", np.where(converts, FAR, close))]
    return _stages(account, "new", created, close, stages)
