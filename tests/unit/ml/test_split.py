"""The temporal split: nothing is counted on both sides of a boundary."""

from datetime import date, timedelta

import pytest

from config.churn import churn_config
from ml.split import Part, TooShortError, split

HORIZON = timedelta(days=churn_config().main_horizon_days)


def sundays(n_weeks: int) -> list[date]:
    return [date(2025, 5, 18) + timedelta(weeks=week) for week in range(n_weeks)]


@pytest.mark.parametrize("n_weeks", [51, 65, 104])
def test_every_label_window_ends_before_the_next_part_begins(n_weeks: int) -> None:
    days = sundays(n_weeks)
    cut = split(days, churn_config())
    for part, following in ((cut.train, cut.validation), (cut.validation, cut.test)):
        inside = [day for day in days if day in part]
        assert inside
        assert max(inside) + HORIZON <= following.start


def test_a_part_uses_every_day_that_the_rule_allows() -> None:
    cut = split(sundays(65), churn_config())
    assert cut.validation.end - timedelta(days=1) + HORIZON == cut.test.start
    assert cut.train.end - timedelta(days=1) + HORIZON == cut.validation.start


def test_the_test_weeks_are_the_newest_and_counts_are_as_configured() -> None:
    days = sundays(65)
    cut, lengths = split(days, churn_config()), churn_config().folds
    assert cut.test == Part(days[-lengths.test_weeks], days[-1] + timedelta(weeks=1))
    assert sum(day in cut.validation for day in days) == lengths.validation_weeks
    assert cut.train.start == days[0] + timedelta(days=lengths.warm_up_days)


def test_the_order_and_repetition_of_days_do_not_matter() -> None:
    days = sundays(60)
    assert split(days, churn_config()) == split([*reversed(days), *days], churn_config())


@pytest.mark.parametrize("n_weeks", [0, 1, 30, 50])
def test_too_little_history_is_said_not_split(n_weeks: int) -> None:
    with pytest.raises(TooShortError):
        split(sundays(n_weeks), churn_config())
