"""Invoices, the attempts to collect them, and the departures that the billing system books."""

import numpy as np
import pandas as pd

from copilot.sandbox import days
from copilot.sandbox.billing import KINDS, Subscriptions, subscription_id
from copilot.sandbox.chance import NEVER, Array
from copilot.sandbox.contracts import ADD_ON, LEADING, RETURNED, TRIAL
from copilot.sandbox.life import DUNNING_DAYS, PAYMENT, SHOCK
from copilot.sandbox.pauses import is_paused
from copilot.sandbox.population import CURRENCIES, FAR
from copilot.sandbox.world import Columns, World, chosen, numbered, only_where

_RETRY_AFTER = (0, 3, 7, 14)  # days after the invoice is due
_DAY_BITS = 20
_VOID_AFTER = 90
_REASONS = ("insufficient_funds", "card_expired", "do_not_honor", "processing_error")
_UNHAPPY = ("support", "missing_features", "price", "competitor", "low_adoption")
_SUDDEN = ("acquired", "budget_cut", "closed_down")


def issue(world: World, subscriptions: Subscriptions) -> pd.DataFrame:
    """One row per invoice, with the day and way in which it is settled (days as integers, NEVER if it is not)."""
    lines = subscriptions.lines[subscriptions.lines["kind"] != TRIAL]
    line, day = _issue_days(world, lines)
    account, kind = lines["account"].to_numpy()[line], lines["kind"].to_numpy()[line]
    by_card = world.population.by_card[account]
    frame = pd.DataFrame({"account": account, "kind": kind, "issued": day, "by_card": by_card})
    frame["due"] = day + np.where(by_card, 0, 30)
    months = lines["period_months"].to_numpy()[line]
    frame["amount"] = np.round(_price_on(subscriptions.versions, account, kind, day) * months, 2)
    frame["period_end"] = days.add_months(day, months)
    frame["ended"] = lines["ended"].to_numpy()[line]
    # A free month has no invoice, and a pause none but the one that is never paid.
    rests = frame["kind"].isin(LEADING) & is_paused(world, account, day) & ~_is_last_of_unpaid(world, frame)
    return _settled(world, frame[(frame["amount"] > 0) & ~rests].reset_index(drop=True))


def _issue_days(world: World, lines: pd.DataFrame) -> tuple[Array, Array]:
    """(row of `lines`, day) of each invoice between the company's first and last day."""
    start, period = lines["start"].to_numpy(), lines["period_months"].to_numpy()
    last = np.minimum(lines["ended"].to_numpy() - 1, world.end)
    found_line, found_day = [], []
    day, step = start.copy(), 0
    while (day <= last).any():
        billed = np.flatnonzero((day >= world.start) & (day <= last))
        found_line.append(billed)
        found_day.append(day[billed])
        step += 1
        day = days.add_months(start, period * step)
    return np.concatenate(found_line), np.concatenate(found_day)


def _price_on(versions: pd.DataFrame, account: Array, kind: Array, day: Array) -> Array:
    """The price of the newest version of the subscription that is in force on the day."""
    line = versions["account"].to_numpy() * KINDS + versions["kind"].to_numpy()
    known = (line << _DAY_BITS) + versions["day"].to_numpy()
    asked = (account * KINDS + kind << _DAY_BITS) + day
    return np.asarray(versions["mrr"].to_numpy()[np.searchsorted(known, asked, side="right") - 1])


def _settled(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Add `failed` (attempts in vain), `paid` and `void` days."""
    account, issued = frame["account"].to_numpy(), frame["issued"].to_numpy()
    keys = (world.population.key[account], frame["kind"].to_numpy(), issued)
    mood, card, due = world.mood_on(account, issued), frame["by_card"].to_numpy(), frame["due"].to_numpy()
    first = np.clip(np.where(card, 0.035, 0.012) * np.exp(-0.75 * mood), 0.004, 0.6)
    fails = world.chance.uniform("fails", *keys) < first
    more = 1 + (world.chance.uniform("fails_more", *keys)[:, None] < np.cumprod([0.5, 0.6, 0.7])).sum(axis=1)
    failed = np.where(fails, more, 0)
    failed = np.where(_is_last_of_unpaid(world, frame), len(_RETRY_AFTER), failed)
    slow = np.round(-4 + 6 * world.chance.normal("slow", *keys) - 5 * np.minimum(mood, 0)).astype(np.int64)
    prompt = np.where(card, issued, due + np.clip(slow, -25, 45))
    by_transfer = due + _RETRY_AFTER[-1] + 6 + world.chance.integers("transfer", 40, *keys)
    retried = due + np.array([*_RETRY_AFTER, 0])[np.minimum(failed, len(_RETRY_AFTER))]
    paid = np.where(failed == 0, prompt, np.where(failed < len(_RETRY_AFTER), retried, by_transfer))
    gone = np.where(frame["kind"] == RETURNED, frame["ended"], world.life.ended[account])
    is_lost = (failed == len(_RETRY_AFTER)) & (paid >= gone)
    frame["failed"] = failed
    frame["paid"] = np.where(is_lost, NEVER, paid)
    frame["void"] = np.where(is_lost, due + _VOID_AFTER, NEVER)
    frame["mood"] = mood
    return frame


def _is_last_of_unpaid(world: World, frame: pd.DataFrame) -> Array:
    account = frame["account"].to_numpy()
    dies = (world.life.cause[account] == PAYMENT) & frame["kind"].isin(LEADING).to_numpy()
    return np.asarray(dies & (frame["issued"].to_numpy() >= world.life.ended[account] - DUNNING_DAYS))


def invoice_rows(world: World, invoices: pd.DataFrame) -> Columns:
    """Versions: open, past_due where it came to that, then paid or void."""
    v = _invoice_versions(world, invoices)
    account, kind = v["account"].to_numpy(), v["kind"].to_numpy()
    keys = (world.population.key[account], kind, v["issued"].to_numpy())
    order = v["order"].to_numpy()
    return {
        "invoice_id": numbered("inv_", *keys),
        "account_id": world.billed_as[account],
        "subscription_id": subscription_id(world, account, kind),
        "issued_on": v["issued"].to_numpy(),
        "due_on": v["due"].to_numpy(),
        "paid_on": np.where(v["status"] == "paid", v["paid"], NEVER),
        "amount": v["amount"].to_numpy(),
        "currency": chosen(CURRENCIES, world.population.currency[account]),
        "status": v["status"].to_numpy(),
        "period_start_on": v["issued"].to_numpy(),
        "period_end_on": v["period_end"].to_numpy(),
        "recorded_at": world.office_hours("invoiced", v["day"].to_numpy(), *keys) + 10 * order,
    }


def _invoice_versions(world: World, invoices: pd.DataFrame) -> pd.DataFrame:
    """A row per invoice and stage that was reached by the last day."""
    overdue = invoices["due"] + np.where(invoices["by_card"], 1, 5)
    is_late = invoices["paid"].lt(0) | invoices["paid"].gt(overdue)
    stages = [
        ("open", invoices["issued"], invoices["issued"] >= 0),
        ("past_due", overdue, is_late),
        ("paid", invoices["paid"], invoices["paid"] >= 0),
        ("void", invoices["void"], invoices["void"] >= 0),
    ]  # fmt: skip
    parts = [
        invoices[kept].assign(day=day[kept], status=status, order=order)
        for order, (status, day, kept) in enumerate(stages)
    ]
    versions = pd.concat(parts, ignore_index=True)
    return versions[versions["day"] <= world.end]


def payment_rows(world: World, invoices: pd.DataFrame) -> Columns:
    """One row per attempt: the failures at their days, then the one that succeeds."""
    parts = []
    for attempt, after in enumerate(_RETRY_AFTER):
        failing = invoices[invoices["failed"] > attempt]
        parts.append(failing.assign(day=failing["due"] + after, status="failed", attempt=attempt))
    paid = invoices[invoices["paid"] >= 0]
    parts.append(paid.assign(day=paid["paid"], status="succeeded", attempt=len(_RETRY_AFTER)))
    v = pd.concat(parts, ignore_index=True)
    v = v[v["day"] <= world.end]
    account = v["account"].to_numpy()
    keys = (world.population.key[account], v["kind"].to_numpy(), v["issued"].to_numpy())
    instant = world.office_hours("collects", v["day"].to_numpy(), *keys) - 3600
    reason = chosen(_REASONS, world.chance.pick("reason", (5, 3, 1, 1), *keys))
    return {
        "payment_id": numbered("pay_", *keys, v["attempt"].to_numpy()),
        "account_id": world.billed_as[account],
        "invoice_id": numbered("inv_", *keys),
        "attempted_at": instant,
        "status": v["status"].to_numpy(),
        "amount": v["amount"].to_numpy(),
        "currency": chosen(CURRENCIES, world.population.currency[account]),
        "failure_reason": only_where(v["status"].to_numpy() == "failed", reason),
        "recorded_at": instant + 60,
    }


def departure_rows(world: World, subscriptions: Subscriptions) -> Columns:
    """`churn_events`: whole accounts that ended, and add-ons that were dropped (a contraction)."""
    life, p = world.life, world.population
    lines = subscriptions.lines
    ended = (lines["ended"] < FAR) & (lines["ended"] <= world.end)
    whole = lines["kind"].isin(LEADING) & ended & (lines["ended"].to_numpy() == life.ended[lines["account"]])
    again = (lines["kind"] == RETURNED) & ended
    dropped = (lines["kind"] == ADD_ON) & ended & (lines["ended"].to_numpy() < life.ended[lines["account"]])
    v = lines[whole | again | dropped]
    account, kind, day = (v[name].to_numpy() for name in ("account", "kind", "ended"))
    cause = life.cause[account]
    said = np.where(
        (cause == SHOCK) & (world.chance.uniform("honest", p.key[account]) < 0.7),
        chosen(_SUDDEN, world.chance.integers("sudden", len(_SUDDEN), p.key[account])),
        chosen(_UNHAPPY, world.chance.integers("unhappy", len(_UNHAPPY), p.key[account], kind)),
    )
    unpaid = (cause == PAYMENT) & np.isin(kind, LEADING)
    left = np.where(unpaid, "involuntary", "voluntary")
    return {
        "churn_event_id": numbered("churn_", p.key[account], kind),
        "account_id": world.billed_as[account],
        "churned_on": day,
        "kind": np.where(kind == ADD_ON, "contraction", left),
        "reason": np.where(unpaid, "payment_failed", said),
        "is_reactivation": kind == RETURNED,
        "recorded_at": world.office_hours("leaves_at", day, p.key[account], kind),
    }
