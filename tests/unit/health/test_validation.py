"""Bands against realised churn, on weeks made up so that every figure can be counted by hand."""

from datetime import date, timedelta

from config.health import load_health
from copilot.health.validation import Verdict, judge, windows_before
from copilot.health.week import Week

FIRST = date(2026, 1, 4)
BANDS = ("red", "amber", "green")
BOUNDS = load_health().validation.model_copy(update={"min_departures": 2})


def _week(account: str, n: int, score: float, left_on: date | None = None) -> Week:
    day = FIRST + timedelta(weeks=n)
    return Week(day, account, "p", score, left_on is not None and (left_on - day).days <= 60, left_on)


def _band(week: Week) -> str:
    return "red" if week.score < 30 else "amber" if week.score < 70 else "green"


def _judged(weeks: list[Week]) -> Verdict:
    return judge(weeks, _band, BANDS, BOUNDS)


def _stays(n: int, score: float) -> list[Week]:
    return [_week(f"stays{score}{k}", w, score) for k in range(n) for w in range(4)]


LEFT = FIRST + timedelta(days=75)


def test_rates_lift_and_catch_are_counted_over_closed_weeks() -> None:
    leaves = [_week(f"leaves{k}", w, 20, LEFT) for k in range(2) for w in range(4)]

    verdict = _judged([*leaves, *_stays(6, 50), *_stays(12, 90)])

    # Days 0, 7 and 14 before the 75th are 75, 68 and 61 away, the fourth Sunday 54: only that one is within 60.
    red, amber, green = verdict.bands
    assert (red.n, red.n_left, amber.n, green.n) == (8, 2, 24, 48)
    assert verdict.base_rate == 2 / 80
    assert [criterion.passed for criterion in verdict.criteria] == [True, True, True]
    assert verdict.criteria[0].found == (2 / 8) / (2 / 80)
    assert verdict.criteria[1].found == 1
    assert verdict.criteria[2].found == 48 / 80
    assert verdict.stayed_ratio == 6 / 18


def test_a_departure_counts_as_seen_only_between_ninety_and_sixty_days_before() -> None:
    late = [_week("late", w, 20 if w > 2 else 90, LEFT) for w in range(5)]
    seen = [_week("seen", w, 50 if w == 0 else 90, LEFT) for w in range(5)]

    verdict = _judged([*late, *seen, *_stays(9, 90)])

    assert [len(window) for window in windows_before([*late, *seen], BOUNDS)] == [3, 3]
    assert verdict.criteria[1].found == 0.5
    assert not verdict.criteria[1].passed
    assert not verdict.passed


def test_a_book_that_is_all_green_fails_and_one_without_departures_is_not_judged() -> None:
    green = _judged([_week(f"leaves{k}", w, 90, LEFT) for k in range(3) for w in range(4)] + _stays(9, 90))
    silent = _judged(_stays(9, 90))

    assert [criterion.passed for criterion in green.criteria] == [False, False, False]
    assert not silent.is_judged
    assert silent.passed


def test_an_interval_resamples_accounts_and_not_their_weeks() -> None:
    """One of ten accounts leaves: with weeks resampled, forty of them would look like four times the evidence."""
    one = [_week("leaves", w, 20, FIRST + timedelta(days=30)) for w in range(4)]
    rest = [_week(f"red{k}", w, 20) for k in range(9) for w in range(4)]

    (red, _, _) = _judged([*one, *rest]).bands

    assert red.rate == 0.1
    assert red.low == 0
    assert red.high >= 0.3
