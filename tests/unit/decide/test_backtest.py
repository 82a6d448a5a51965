"""A rule's card against alerts and departures that are known."""

from datetime import timedelta

import pytest

from copilot.cli.rules import drawn
from copilot.decide.backtest import Episode, History, card, episodes
from tests.unit.decide.alerts import a_rule, day, seen

HISTORY = History(day(0), day(210), 3, {"a1": [day(50)], "a2": [day(100)], "a3": [day(0)]})


def test_precision_recall_lead_and_volume_are_counted() -> None:
    raised = [
        Episode("a1", day(20)),  # right, 30 days ahead
        Episode("a1", day(40)),  # right, but later
        Episode("a2", day(5)),  # 95 days ahead: too early
        Episode("a4", day(10)),  # never left
        Episode("a4", day(200)),  # too young to judge
        Episode("a5", day(0)),  # there from the start: wrong, and no part of the pace
    ]
    found = card("idle", raised, HISTORY)
    assert (found.n_alerts, found.n_judged, found.n_right) == (6, 5, 2)
    assert (found.n_departures, found.n_caught) == (2, 1)
    assert (found.precision, found.recall, found.median_lead_days) == (0.4, 0.5, 30.0)
    assert found.alerts_per_csm_week == pytest.approx(5 / 3 / 30)


@pytest.mark.parametrize(("lead", "is_right"), [(0, False), (1, True), (90, True), (91, False)])
def test_an_alert_is_right_from_one_to_ninety_days_ahead(lead: int, *, is_right: bool) -> None:
    history = History(day(0), day(300), 1, {"a1": [day(100)]})
    found = card("idle", [Episode("a1", day(100) - timedelta(days=lead))], history)
    assert (found.n_right, found.n_caught) == (int(is_right), int(is_right))


def test_what_cannot_be_known_is_not_a_zero() -> None:
    found = card("idle", [Episode("a1", day(0))], History(day(0), day(1), 0, {}))
    assert (found.precision, found.recall, found.median_lead_days, found.alerts_per_csm_week) == (None,) * 4
    assert "unknown" in drawn(found)


def test_the_replay_counts_one_alert_for_one_spell() -> None:
    values = [10, 15, 16, 17, 3, 3, 16, 3, 3, *[10] * 12, 20]
    days = [(day(number), {"a1": seen(value)}) for number, value in enumerate(values)]
    assert [episode.opened_on for episode in episodes(a_rule(), days)] == [day(1), day(21)]


def test_an_account_that_left_and_came_back_is_alerted_anew() -> None:
    shown = [{"a1": seen(15)}, {}, *[{"a1": seen(1)}] * 12, {"a1": seen(15)}]
    raised = episodes(a_rule(), [(day(number), day_seen) for number, day_seen in enumerate(shown)])
    assert [episode.opened_on for episode in raised] == [day(0), day(14)]
