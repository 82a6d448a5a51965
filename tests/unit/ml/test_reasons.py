"""Reasons: exact, told as facts, only what raises the risk."""

import numpy as np
import pandas as pd
import pytest

from config.churn import churn_config
from ml.candidates import booster_margins, grow, matrix
from ml.drift import profile
from ml.features import FEATURES, NAMES
from ml.reasons import MAX_REASONS, SENTENCES, contributions, reasons, tell
from tests.unit.ml.synthetic import a_company

REASONS = churn_config().reasons
UNKNOWN = float("nan")


@pytest.fixture(scope="module")
def company() -> pd.DataFrame:
    return a_company(150, n_weeks=20)


def text_of(name: str, value: float, before: float = UNKNOWN, peer: float | None = None) -> str | None:
    reason = tell(name, value, before, peer, REASONS)
    return reason.text if reason else None


def test_every_feature_has_its_sentence() -> None:
    assert set(SENTENCES) == set(NAMES)
    assert len(NAMES) == 41


@pytest.mark.parametrize(
    ("name", "value", "before", "peer", "text"),
    [
        ("active_users_7d", 12, 41, 30.0, "Weekly active users fell from 41 to 12 in four weeks"),
        ("active_users_7d", 12, 13, 30.0, "Weekly active users: 12, half of similar accounts have 30 or more"),
        ("active_users_7d", 12, UNKNOWN, None, "Weekly active users: 12"),
        ("active_users_7d", 40, 13, 30.0, None),
        ("days_to_renewal", 23, UNKNOWN, None, "Contract ends in 23 days"),
        ("days_to_renewal", 1, UNKNOWN, None, "Contract ends in 1 day"),
        ("days_to_renewal", 300, UNKNOWN, None, None),
        ("days_to_renewal", -2, UNKNOWN, None, None),
        ("champion_recency_days", 24, UNKNOWN, None, "Champion has not signed in for 24 days"),
        ("login_recency_days", UNKNOWN, 3, 2.0, "No sign-in has been seen"),
        ("csat_84d", UNKNOWN, 3, 2.0, None),
        (
            "csat_84d",
            2.25,
            UNKNOWN,
            4.0,
            "Ticket satisfaction (1 to 5): 2.2, half of similar accounts have 4.0 or more",
        ),
        ("urgent_tickets_28d", 3, 0, 0.0, "Urgent tickets in 28 days rose from 0 to 3 in four weeks"),
        ("failed_payments_84d", 0, UNKNOWN, None, None),
        ("failed_payments_84d", 1, UNKNOWN, None, "1 failed payment in twelve weeks"),
        ("events_28d_vs_prior_ratio", 0.42, UNKNOWN, None, "Actions in 28 days are 42% of the 28 days before"),
        ("late_payments_365d", 3, UNKNOWN, None, "Paid 3 invoices late in a year"),
        ("late_payments_365d", 0, UNKNOWN, None, None),
        ("refunds_84d", 1, UNKNOWN, None, "1 refund in twelve weeks"),
        ("is_past_due", 1, UNKNOWN, None, "A subscription is unpaid"),
        ("seats_change_90d_ratio", -0.25, UNKNOWN, None, "Seats changed by -25% in 90 days"),
        ("is_enterprise", 1, UNKNOWN, None, None),
        ("is_auto_renew", 1, UNKNOWN, None, None),
        ("is_auto_renew", 0, UNKNOWN, None, "The contract does not renew by itself"),
    ],
)
def test_a_feature_is_told_as_a_fact(
    name: str, value: float, before: float, peer: float | None, text: str | None
) -> None:
    assert text_of(name, value, before, peer) == text


def test_a_reason_keeps_value_baseline_and_direction() -> None:
    reason = tell("active_users_7d", 12.0, 41.0, 30.0, REASONS)
    assert reason is not None
    assert (reason.code, reason.value, reason.baseline, reason.direction) == ("active_users_7d", 12.0, 41.0, "fell")


def test_a_fall_that_rounds_away_is_not_told() -> None:
    assert text_of("seat_use_28d_ratio", 0.201, UNKNOWN, 0.2049) is None


def test_contributions_sum_to_the_margin(company: pd.DataFrame) -> None:
    booster = grow(company, "churned_90", 30, churn_config().booster, 1)
    pushes, rows = contributions(booster, matrix(company.head(500))), company.head(500)
    assert pushes.shape == (500, len(NAMES) + 1)
    assert np.abs(pushes.sum(axis=1) - booster_margins(booster, matrix(rows))).max() < 1e-5


def test_reasons_raise_the_risk_come_strongest_first_and_one_a_group(company: pd.DataFrame) -> None:
    booster = grow(company, "churned_90", 60, churn_config().booster, 1)
    rows = company.tail(150).reset_index(drop=True)
    pushes = contributions(booster, matrix(rows))
    told = reasons(rows, company.head(0), pushes, profile(company), REASONS)
    groups = {feature.name: feature.group for feature in FEATURES}
    assert len(told) == 150
    assert sum(map(len, told)) > 50
    for push, some in zip(pushes, told, strict=True):
        totals = [sum(push[i] for i, f in enumerate(FEATURES) if f.group == groups[reason["code"]]) for reason in some]
        assert len(some) <= MAX_REASONS
        assert all(total >= REASONS.min_contribution for total in totals)
        assert totals == sorted(totals, reverse=True)
        assert len({groups[reason["code"]] for reason in some}) == len(some)


def test_an_account_is_told_against_its_own_past(company: pd.DataFrame) -> None:
    now = company.tail(1).assign(active_users_7d=2.0)
    earlier = now.assign(active_users_7d=20.0)
    push = np.zeros((1, len(NAMES) + 1))
    push[0, NAMES.index("active_users_7d")] = 1.0
    told = reasons(now, earlier, push, profile(company), REASONS)
    assert [reason["text"] for reason in told[0]] == ["Weekly active users fell from 20 to 2 in four weeks"]
