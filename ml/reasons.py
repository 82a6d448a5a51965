"""Reasons in words: exact TreeSHAP contributions, told as facts about the account. Pure.

Contributions are summed by group (features.py), so that one story is told once. Only what raises the risk is told. A
sentence compares the value with the account's own of four weeks before, else with its segment's median, else says it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from config.churn import Reasons
from ml.features import FEATURES, NAMES
from ml.resample import Array

if TYPE_CHECKING:
    import pandas as pd
    import xgboost

MAX_REASONS = 3
WEEKS_BACK = 4
NEAR_RENEWAL_DAYS = 120
Format = Callable[[float], str]


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _one_place(value: float) -> str:
    return f"{value:.1f}"


def _change(value: float) -> str:
    return f"{value:+.0%}"


@dataclass(frozen=True)
class Sentence:
    """How one feature is told. {v} is the value, {b} the baseline, {s} a plural s for v.

    bad: "up" or "down" where only that side is a worry; a name of _NO_REASON where some values are none; else empty.
    changed, compared: empty when it is never told that way.
    unknown: said when the value is missing; empty: a missing value is no reason.
    """

    alone: str
    changed: str = ""
    compared: str = ""
    bad: str = ""
    form: Format = _count
    unknown: str = ""


def _falling(noun: str, form: Format = _count) -> Sentence:
    return Sentence(
        f"{noun}: {{v}}",
        changed=f"{noun} fell from {{b}} to {{v}} in four weeks",
        compared=f"{noun}: {{v}}, half of similar accounts have {{b}} or more",
        bad="down",
        form=form,
    )


def _rising(noun: str, form: Format = _count) -> Sentence:
    return Sentence(
        f"{noun}: {{v}}",
        changed=f"{noun} rose from {{b}} to {{v}} in four weeks",
        compared=f"{noun}: {{v}}, half of similar accounts have {{b}} or fewer",
        bad="up",
        form=form,
    )


SENTENCES: Mapping[str, Sentence] = {
    "days_to_renewal": Sentence("Contract ends in {v} day{s}", bad="near"),
    "billing_period_months": Sentence("Billed every {v} month{s}"),
    "renewals_so_far": Sentence("Has not renewed yet", bad="zero"),
    "is_auto_renew": Sentence("The contract does not renew by itself", bad="zero"),
    "plan_changes_90d": Sentence("Changed the plan {v} time{s} in 90 days", bad="positive"),
    "seats": Sentence("", bad="never"),
    "seats_change_90d_ratio": Sentence("Seats changed by {v} in 90 days", form=_change),
    "mrr_usd": Sentence("", bad="never"),
    "discount_ratio": Sentence("Pays with a discount of {v}", form=_percent),
    "mrr_change_90d_ratio": Sentence("Monthly amount changed by {v} in 90 days", form=_change),
    "tenure_days": Sentence("Customer for {v} day{s}"),
    "login_recency_days": Sentence("Last sign-in was {v} day{s} ago", unknown="No sign-in has been seen"),
    "active_users_7d": _falling("Weekly active users"),
    "active_users_28d": _falling("Users active in 28 days"),
    "active_users_84d": _falling("Users active in twelve weeks"),
    "events_7d": _falling("Actions in a week"),
    "events_28d": _falling("Actions in 28 days"),
    "events_84d": _falling("Actions in twelve weeks"),
    "events_28d_vs_prior_ratio": Sentence("Actions in 28 days are {v} of the 28 days before", form=_percent),
    "active_users_28d_vs_prior_ratio": Sentence("Active users in 28 days are {v} of the 28 days before", form=_percent),
    "events_7d_vs_28d_ratio": Sentence("Last week's use is {v} of the four-week average", form=_percent),
    "seat_use_28d_ratio": _falling("Share of seats in use", _percent),
    "features_used_28d": _falling("Features in use"),
    "usage_vs_peer_ratio": Sentence("Use per seat is {v} of what similar accounts do", form=_percent),
    "tickets_28d": _rising("Tickets in 28 days"),
    "tickets_84d": _rising("Tickets in twelve weeks"),
    "urgent_tickets_28d": _rising("Urgent tickets in 28 days"),
    "tickets_open": _rising("Open tickets"),
    "oldest_open_ticket_days": Sentence("The oldest open ticket has waited {v} day{s}"),
    "csat_84d": _falling("Ticket satisfaction (1 to 5)", _one_place),
    "nps_latest": _falling("Latest recommendation score (0 to 10)"),
    "failed_payments_84d": Sentence("{v} failed payment{s} in twelve weeks", bad="positive"),
    "days_past_due": Sentence("An invoice is {v} day{s} past due", bad="positive"),
    "is_past_due": Sentence("A subscription is unpaid", bad="positive"),
    "late_payments_365d": Sentence("Paid {v} invoice{s} late in a year", bad="positive"),
    "refunds_84d": Sentence("{v} refund{s} in twelve weeks", bad="positive"),
    "champion_recency_days": Sentence(
        "Champion has not signed in for {v} day{s}", unknown="Champion has not been seen"
    ),
    "touches_84d": Sentence("{v} contact{s} with us in twelve weeks"),
    "touch_recency_days": Sentence("Last contact with us was {v} day{s} ago", unknown="No contact with us on record"),
    "is_enterprise": Sentence("", bad="never"),
    "is_mid_market": Sentence("", bad="never"),
}


@dataclass(frozen=True)
class Reason:
    """One fact that raises the risk. direction: fell, rose, below, above or is; baseline None where it stands alone."""

    code: str
    value: float | None
    baseline: float | None
    direction: str
    text: str


def contributions(booster: "xgboost.Booster", rows: "xgboost.DMatrix") -> Array:
    """Exact TreeSHAP, (n, features + 1) log-odds; a row sums to its margin, the last column is the average."""
    return booster.predict(rows, pred_contribs=True).astype(np.float64)  # type: ignore[no-any-return]


def reasons(
    frame: "pd.DataFrame", earlier: "pd.DataFrame", pushes: Array, normal: Mapping[str, Any], config: Reasons
) -> list[list[dict[str, Any]]]:
    """Up to three reasons for each row of `frame`, strongest first, as plain dicts.

    earlier: the same accounts four weeks before (missing accounts are told against their peers).
    """
    before = dict(zip(earlier["account_id"], earlier[list(NAMES)].to_numpy(np.float64).tolist(), strict=True))
    nothing = [math.nan] * len(NAMES)
    totals = np.stack([pushes[:, members].sum(axis=1) for members in _GROUPS.values()], axis=1)
    told = []
    values = frame[list(NAMES)].to_numpy(np.float64).tolist()
    rows = zip(frame["account_id"], frame["segment"], values, pushes.tolist(), totals.tolist(), strict=True)
    for account, segment, value, push, total in rows:
        peers = [normal[name]["peers"].get(segment, normal[name]["peers"]["all"]) for name in NAMES]
        facts = _Facts(value, before.get(account, nothing), peers, push)
        told.append([vars(reason) for reason in _of_account(facts, total, config)])
    return told


@dataclass(frozen=True)
class _Facts:
    """One account, each list by feature: value, value four weeks before, peers' median, contribution."""

    values: Sequence[float]
    before: Sequence[float]
    peers: Sequence[float | None]
    push: Sequence[float]


def _of_account(facts: _Facts, totals: Sequence[float], config: Reasons) -> list[Reason]:
    found: list[Reason] = []
    groups = list(_GROUPS.values())
    # Groups keep the order of the list where two push alike.
    for group in sorted(range(len(groups)), key=lambda index: -totals[index]):
        if totals[group] < config.min_contribution or len(found) == MAX_REASONS:
            break
        reason = _of_group(facts, groups[group], config)
        if reason:
            found.append(reason)
    return found


def _of_group(facts: _Facts, members: Sequence[int], config: Reasons) -> Reason | None:
    """The strongest feature of the group that can be told."""
    for index in sorted(members, key=lambda index: -facts.push[index]):
        if facts.push[index] <= 0:
            return None
        reason = tell(NAMES[index], facts.values[index], facts.before[index], facts.peers[index], config)
        if reason:
            return reason
    return None


def tell(name: str, value: float, before: float, peer: float | None, config: Reasons) -> Reason | None:
    """The sentence of one feature, or None when its value is no reason (unknown, or on the good side)."""
    sentence = SENTENCES[name]
    if math.isnan(value):
        return Reason(name, None, None, "is", sentence.unknown) if sentence.unknown else None
    if sentence.bad in _NO_REASON and _NO_REASON[sentence.bad](value):
        return None
    if sentence.changed and not math.isnan(before) and _worse(value, before, sentence.bad, config.min_change_ratio):
        direction = "fell" if sentence.bad == "down" else "rose"
        return _said(name, value, before, direction, sentence.changed)
    if sentence.compared and peer is not None:
        if not _worse(value, peer, sentence.bad, 0.0):
            return None
        return _said(name, value, peer, "below" if sentence.bad == "down" else "above", sentence.compared)
    return _said(name, value, None, "is", sentence.alone)


_GROUPS = {
    group: [index for index, feature in enumerate(FEATURES) if feature.group == group]
    for group in dict.fromkeys(feature.group for feature in FEATURES)
}
_NO_REASON: Mapping[str, Callable[[float], bool]] = {
    "zero": lambda value: value > 0,
    "positive": lambda value: value <= 0,
    # A contract that ends in half a year is no news; one that ended runs on from month to month.
    "near": lambda value: not 0 <= value <= NEAR_RENEWAL_DAYS,
    # What an account is (size, segment) moves the forecast, but gives a CSM nothing to act on.
    "never": lambda value: True,  # noqa: ARG005
}


def _worse(value: float, baseline: float, bad: str, least: float) -> bool:
    change = (value - baseline) if bad == "up" else (baseline - value)
    return change > 0 and change >= least * abs(baseline)


def _said(name: str, value: float, baseline: float | None, direction: str, template: str) -> Reason | None:
    form = SENTENCES[name].form
    shown, shown_baseline = form(value), "" if baseline is None else form(baseline)
    if shown == shown_baseline:
        return None
    text = template.format(v=shown, b=shown_baseline, s="" if shown == "1" else "s")
    return Reason(name, float(value), baseline if baseline is None else float(baseline), direction, text)
