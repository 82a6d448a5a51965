"""The drift guard: broken columns are caught, ordinary days pass."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from config.churn import churn_config
from ml.candidates import booster_margins, grow, matrix
from ml.drift import drifted, profile, psi
from ml.features import NAMES
from tests.unit.ml.synthetic import a_company

DRIFT = churn_config().drift
N_TRAINING_WEEKS = 13
N_CLEAN_DAYS = 90


@pytest.fixture(scope="module")
def company() -> pd.DataFrame:
    return a_company(200, n_weeks=N_TRAINING_WEEKS + N_CLEAN_DAYS)


@pytest.fixture(scope="module")
def normal(company: pd.DataFrame) -> dict[str, dict[str, object]]:
    return profile(company[company["as_of_date"] < _week(company, N_TRAINING_WEEKS)])


def _week(company: pd.DataFrame, number: int) -> pd.Timestamp:
    return sorted(company["as_of_date"].unique())[number]


def today(company: pd.DataFrame) -> pd.DataFrame:
    return company[company["as_of_date"] == _week(company, N_TRAINING_WEEKS + 5)].reset_index(drop=True)


def exchanged(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(seat_use_28d_ratio=frame["events_84d"], events_84d=frame["seat_use_28d_ratio"])


BREAKS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], set[str]]] = {
    "constant": (lambda f: f.assign(active_users_28d=0.0), {"active_users_28d"}),
    "constant where a shift is natural": (lambda f: f.assign(tenure_days=99.0), {"tenure_days"}),
    "times a hundred": (lambda f: f.assign(events_28d=f["events_28d"] * 100), {"events_28d"}),
    "times a hundred, mostly zero": (lambda f: f.assign(days_past_due=f["days_past_due"] * 100), {"days_past_due"}),
    "all unknown": (lambda f: f.assign(login_recency_days=np.nan), {"login_recency_days"}),
    "all unknown, often unknown before": (lambda f: f.assign(nps_latest=np.nan), {"nps_latest"}),
    "values of two columns exchanged": (exchanged, {"seat_use_28d_ratio", "events_84d"}),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_column_stops_the_forecast_and_is_named(name: str, company: pd.DataFrame, normal: dict) -> None:
    broken, expected = BREAKS[name]
    found = {finding.feature for finding in drifted(broken(today(company)), normal, DRIFT) if finding.severe}
    assert found == expected


def test_ninety_clean_days_pass(company: pd.DataFrame, normal: dict) -> None:
    alarms = 0
    for number in range(N_CLEAN_DAYS):
        day = company[company["as_of_date"] == _week(company, N_TRAINING_WEEKS + number)]
        assert len(day) == 200
        alarms += any(finding.severe for finding in drifted(day, normal, DRIFT))
    assert alarms <= 2


def test_the_order_of_columns_changes_nothing(company: pd.DataFrame, normal: dict) -> None:
    day = today(company)
    swapped = day[list(reversed(day.columns))]
    booster = grow(company.head(2000), "churned_90", 5, churn_config().booster, 1)
    assert (booster_margins(booster, matrix(swapped)) == booster_margins(booster, matrix(day))).all()
    assert drifted(swapped, normal, DRIFT) == drifted(day, normal, DRIFT)


def test_few_accounts_are_no_evidence(company: pd.DataFrame, normal: dict) -> None:
    few = today(company).head(DRIFT.min_accounts - 1).assign(active_users_28d=0.0)
    assert drifted(few, normal, DRIFT) == []


def test_a_profile_of_a_column_that_was_never_known_is_no_alarm(company: pd.DataFrame) -> None:
    unknown = company.head(400).assign(nps_latest=np.nan)
    found = drifted(unknown.head(200), profile(unknown), DRIFT)
    assert set(profile(unknown)) == set(NAMES)
    assert "nps_latest" not in {finding.feature for finding in found}


def test_equal_histograms_have_no_distance() -> None:
    assert psi(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0.0
    assert psi(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(0.5 * np.log(2) + 0.499 * np.log(500))
