"""How an alert lives: raised, answered, worse, better, over, and back."""

from dataclasses import replace
from datetime import date

import pytest

from copilot.decide.alert import Alert, Feedback, Outcome, Sighting, alert_id, told_event
from copilot.decide.state import advance, withdrawn
from tests.unit.decide.alerts import a_rule, day, seen

RULE = a_rule()


def live(values: list[int | None], before: Alert | None = None, first: int = 0) -> list[Outcome]:
    outcomes = []
    for number, value in enumerate(values, start=first):
        outcomes.append(advance(RULE, before, seen(value), None, day(number)))
        before = outcomes[-1].alert
    return outcomes


def an_alert(**changes: object) -> Alert:
    alert = live([15])[0].alert
    assert alert is not None
    return replace(alert, **changes)  # type: ignore[arg-type]


def events(outcome: Outcome) -> list[str]:
    return [change.event for change in outcome.changes]


def answer(kind: str, number: int = 1) -> Feedback:
    return Feedback(number, kind)  # type: ignore[arg-type]


def test_fourteen_days_raise_nothing_and_fifteen_do() -> None:
    quiet, raised = live([14, 15])
    assert quiet.alert is None
    assert events(raised) == ["raised"]
    assert raised.alert is not None
    assert raised.alert.alert_id == alert_id("a1", "engagement_risk", day(1))
    assert (raised.alert.due_on - day(1)).days == RULE.due_in_days


def test_the_unknown_raises_nothing() -> None:
    assert advance(RULE, None, seen(None), None, day(0)).alert is None


def test_an_alert_whose_message_lacks_a_value_is_not_raised() -> None:
    assert advance(RULE, None, seen(15, message=None), None, day(0)).alert is None


def test_an_alert_ends_only_after_its_clear_days() -> None:
    outcomes = live([15, 3, 4])
    assert [outcome.alert.state for outcome in outcomes if outcome.alert] == ["open", "open", "resolved"]
    assert events(outcomes[2]) == ["resolved"]


def test_between_the_two_bounds_the_alert_stays_and_the_count_starts_anew() -> None:
    outcomes = live([15, 3, 10, 3, 3])
    assert [outcome.alert.state for outcome in outcomes if outcome.alert] == ["open"] * 4 + ["resolved"]


def test_an_unknown_day_neither_counts_nor_breaks_the_run() -> None:
    outcomes = live([15, 3, None, 3])
    assert [outcome.alert.state for outcome in outcomes if outcome.alert] == ["open", "open", "open", "resolved"]


def test_an_outage_keeps_the_alert_open_with_yesterdays_words() -> None:
    last = live([15, None, None, None, None])[-1].alert
    assert last is not None
    assert (last.state, last.message) == ("open", "no login for 15 days")
    assert [fact.text for fact in last.evidence] == ["Last login 15 days ago"]


def test_between_the_two_bounds_the_facts_are_those_of_today_and_the_message_that_of_the_alarm() -> None:
    last = live([15, 10])[-1].alert
    assert last is not None
    assert (last.state, last.message) == ("open", "no login for 15 days")
    assert [fact.text for fact in last.evidence] == ["Last login 10 days ago"]


def test_coming_back_within_the_cooldown_reopens_the_same_alert() -> None:
    outcomes = live([15, 3, 3, 16])
    assert events(outcomes[3]) == ["reopened"]
    assert outcomes[3].alert is not None
    assert outcomes[3].alert.opened_on == day(0)
    assert outcomes[3].alert.due_on == day(10)


def test_coming_back_after_the_cooldown_is_a_new_alert() -> None:
    ended = an_alert(state="resolved", state_since=day(0))
    within = advance(RULE, ended, seen(15), None, day(RULE.cooldown_days))
    after = advance(RULE, ended, seen(15), None, day(RULE.cooldown_days + 1))
    assert events(within) == ["reopened"]
    assert events(after) == ["raised"]
    assert after.alert is not None
    assert after.alert.alert_id != ended.alert_id


def test_a_step_for_the_worse_is_news_and_less_is_not() -> None:
    assert [events(outcome) for outcome in live([15, 19, 20, 24, 25])] == [
        ["raised"], [], ["worsened"], [], ["worsened"],
    ]  # fmt: skip


def test_a_step_for_the_better_is_told_as_eased() -> None:
    assert [events(outcome) for outcome in live([30, 26, 25])] == [["raised"], [], ["eased"]]


def test_where_lower_is_worse_the_direction_turns() -> None:
    rule = a_rule(measure=RULE.measure.model_copy(update={"worse": "lower"}) if RULE.measure else None)
    raised = advance(rule, None, seen(30), None, day(0))
    assert events(advance(rule, raised.alert, seen(25), None, day(1))) == ["worsened"]


@pytest.mark.parametrize("kind", ["useful", "knew", "data_wrong"])
def test_an_answer_acknowledges(kind: str) -> None:
    outcome = advance(RULE, an_alert(), seen(15), answer(kind), day(1))
    assert events(outcome) == ["acknowledged"]
    assert outcome.changes[0].detail == kind
    assert outcome.alert is not None
    assert outcome.alert.state == "acknowledged"


def test_an_answer_is_taken_in_once() -> None:
    first = advance(RULE, an_alert(), seen(15), answer("useful"), day(1)).alert
    assert first is not None
    again = advance(RULE, first, seen(15), answer("useful"), day(2))
    assert events(again) == []
    assert again.alert == first


def test_the_last_answer_wins() -> None:
    first = advance(RULE, an_alert(), seen(15), answer("useful", 1), day(1)).alert
    second = advance(RULE, first, seen(15), answer("not_a_risk", 2), day(2))
    assert events(second) == ["dismissed"]


def test_a_snooze_wakes_after_seven_days() -> None:
    alert = advance(RULE, an_alert(), seen(15), answer("snooze_7d"), day(1)).alert
    states = []
    for number in range(2, 10):
        outcome = advance(RULE, alert, seen(15), answer("snooze_7d"), day(number))
        alert = outcome.alert
        assert alert is not None
        states.append((alert.state, events(outcome)))
    assert states == [("snoozed", [])] * 6 + [("open", ["woken"]), ("open", [])]


def test_a_snooze_ends_early_when_it_gets_worse() -> None:
    alert = an_alert(state="snoozed", state_since=day(0))
    outcome = advance(RULE, alert, seen(20), None, day(1))
    assert events(outcome) == ["worsened"]
    assert outcome.alert is not None
    assert outcome.alert.state == "open"


def test_a_dismissed_alert_is_silent_for_the_cooldown_then_new() -> None:
    dismissed = advance(RULE, an_alert(), seen(15), answer("not_a_risk"), day(1))
    assert events(dismissed) == ["dismissed"]
    silent = advance(RULE, dismissed.alert, seen(40), answer("not_a_risk"), day(1 + RULE.cooldown_days))
    loud = advance(RULE, dismissed.alert, seen(40), answer("not_a_risk"), day(2 + RULE.cooldown_days))
    assert events(silent) == []
    assert events(loud) == ["raised"]


def test_taking_a_dismissal_back_reopens_the_alert() -> None:
    dismissed = advance(RULE, an_alert(), seen(15), answer("not_a_risk", 1), day(1)).alert
    back = advance(RULE, dismissed, seen(15), answer("useful", 2), day(2))
    assert events(back) == ["reopened"]


def test_the_alert_of_an_account_that_left_ends() -> None:
    outcome = advance(RULE, an_alert(), None, None, day(1))
    assert events(outcome) == ["resolved"]
    assert outcome.changes[0].detail == "the account is no longer a customer"


def test_the_alert_of_a_withdrawn_rule_ends_once() -> None:
    ended = withdrawn(an_alert(), day(1))
    assert events(ended) == ["resolved"]
    assert ended.alert is not None
    assert events(withdrawn(ended.alert, day(2))) == []


def test_an_open_alert_follows_its_account_to_the_new_owner_and_revenue() -> None:
    moved: Sighting = seen(15, owner_csm_id="csm-2", arr_usd=5)
    alert = advance(RULE, an_alert(), moved, None, day(1)).alert
    assert alert is not None
    assert (alert.owner_csm_id, alert.arr_at_risk) == ("csm-2", 5)


def test_the_weightiest_event_of_a_day_is_the_one_told() -> None:
    assert told_event({"woken", "worsened"}) == "worsened"
    assert told_event({"eased", "acknowledged"}) == "acknowledged"
    assert told_event(set()) == "none"


def test_an_alert_is_named_by_account_reason_and_day_alone() -> None:
    names = {
        alert_id(account, reason, on) for account in ("a", "ab") for reason in ("b", "") for on in (day(0), day(1))
    }
    assert len(names) == 8
    assert alert_id("a1", "churn_risk", date(2026, 11, 17)) == "d3c84e66fcacdf5f"
