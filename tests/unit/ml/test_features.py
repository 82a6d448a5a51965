"""The list of features, and what every model sees of a row."""

import numpy as np

from ml.features import FEATURES, NAMES, values_of
from tests.unit.ml.synthetic import a_company


def test_names_are_unique_and_every_direction_is_known() -> None:
    assert len(NAMES) == len(set(NAMES)) == 41
    assert {feature.monotone for feature in FEATURES} == {-1, 0, 1}


def test_a_sunday_and_a_tuesday_look_alike_once_recent_is_recent() -> None:
    rows = a_company(3, n_weeks=1).assign(login_recency_days=[0.0, 2.0, 3.0], champion_recency_days=[4.0, 9.0, 14.0])
    seen = values_of(rows)
    assert seen[:, NAMES.index("login_recency_days")].tolist() == [3.0, 3.0, 3.0]
    assert seen[:, NAMES.index("champion_recency_days")].tolist() == [14.0, 14.0, 14.0]
    assert rows["login_recency_days"].tolist() == [0.0, 2.0, 3.0], "the frame itself keeps the facts"


def test_longer_absences_and_unknown_ones_stay_as_they_are() -> None:
    rows = a_company(2, n_weeks=1).assign(login_recency_days=[30.0, np.nan])
    column = values_of(rows)[:, NAMES.index("login_recency_days")]
    assert column[0] == 30.0
    assert np.isnan(column[1])
